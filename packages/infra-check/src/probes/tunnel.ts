import { STATUS_CODES } from 'node:http';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { endpointText } from '../core/address.ts';
import type { ConnectionOutcome } from '../core/observations.ts';
import type { ProxyPlan } from '../core/proxy-settings.ts';
import { saying } from './limits.ts';
import { lookUpForSocket } from './system-lookup.ts';

/** How the proxy failed; what it answered is told in our words, so that nothing that was sent comes back. */
export class ProxyError extends Error {
  readonly outcome: ConnectionOutcome;

  constructor(outcome: ConnectionOutcome, message: string) {
    super(message);
    this.name = 'ProxyError';
    this.outcome = outcome;
  }
}

/** No proxy has so much to say before it opens the way. */
const MOST_HEAD_BYTES = 65_536;

const HEAD_END = '\r\n\r\n';

/**
 * A connection through a proxy, opened by CONNECT as Node opens it for tills: 200 alone opens the way, and what comes with
 * the head is left alone.
 * Source: RFC 9110, 9.3.6; lib/https.js of Node, establishTunnel
 */
export class Tunnel extends Duplex {
  readonly #socket: net.Socket;
  #isReached = false;
  #isOpen = false;
  #head = Buffer.alloc(0);
  /** What is written before the way is open. */
  #waiting: (() => void) | undefined;

  constructor(proxy: ProxyPlan, to: { host: string; port: number }) {
    super({ allowHalfOpen: true });
    const { host, port, isTls } = proxy;
    const socket = isTls
      ? tls.connect({ host, port, lookup: lookUpForSocket })
      : net.connect({ host, port, noDelay: true, lookup: lookUpForSocket });
    this.#socket = socket;
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      this.#isReached = true;
      socket.write(requestOf(proxy, endpointText(to.host, to.port)));
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => (this.#isOpen ? this.push(null) : this.#hungUp()));
    socket.on('error', (error) => this.destroy(this.#isOpen ? error : this.#failure(error)));
    socket.on('close', () => (this.#isOpen ? this.destroy() : this.#hungUp()));
  }

  get lateOutcome(): ConnectionOutcome {
    return this.#isReached ? 'proxy_failed' : 'proxy_unreachable';
  }

  #hungUp(): void {
    this.destroy(new ProxyError(this.lateOutcome, 'the connection was closed'));
  }

  #failure(error: Error): Error {
    return HERE.has(saying(error)) ? error : new ProxyError(this.lateOutcome, saying(error));
  }

  #read(chunk: Buffer): void {
    if (this.#isOpen) {
      if (!this.push(chunk)) this.#socket.pause();
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    const head = this.#head.toString('latin1');
    const end = head.indexOf(HEAD_END);
    if (!'HTTP/'.startsWith(head.slice(0, 5))) this.destroy(new ProxyError('proxy_failed', 'no HTTP'));
    else if (end >= 0) this.#answered(head.slice(0, end));
    else if (head.length > MOST_HEAD_BYTES)
      this.destroy(
        new ProxyError('proxy_failed', `a head without end, cut at ${MOST_HEAD_BYTES / 1024} KiB`),
      );
  }

  #answered(head: string): void {
    const status = /^HTTP\/\S* (\d{3})(?: |\r|$)/.exec(head)?.[1];
    if (status !== '200') return void this.destroy(refusal(Number(status ?? 0), head));
    this.#isOpen = true;
    this.#head = Buffer.alloc(0);
    this.emit('connect');
    this.#waiting?.();
    this.#waiting = undefined;
    this.emit('ready');
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const write = () => void this.#socket.write(chunk, encoding, done);
    if (this.#isOpen) write();
    else this.#waiting = write;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#waiting = undefined;
    this.#socket.destroy();
    done(error);
  }
}

/** What this machine lacks, or has no way to, says nothing of the proxy. */
const HERE = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EAGAIN',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
]);

const requestOf = ({ authorization }: ProxyPlan, at: string): string =>
  [
    `CONNECT ${at} HTTP/1.1`,
    ...(authorization ? [`proxy-authorization: ${authorization()}`] : []),
    'proxy-connection: keep-alive',
    `host: ${at}`,
    '\r\n',
  ].join('\r\n');

function refusal(status: number, head: string): ProxyError {
  if (status === 0) return new ProxyError('proxy_failed', 'no HTTP');
  const schemes = [...head.matchAll(/^proxy-authenticate:[ \t]*([A-Za-z][A-Za-z-]{0,19})/gim)].map(
    ([, one]) => one,
  );
  const words = [
    status,
    STATUS_CODES[status],
    status === 407 && schemes.length > 0 && `(${schemes.join(', ')})`,
  ];
  return new ProxyError(status >= 500 ? 'proxy_error' : 'proxy_refused', words.filter(Boolean).join(' '));
}
