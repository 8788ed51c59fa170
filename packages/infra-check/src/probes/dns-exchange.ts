import dgram from 'node:dgram';
import net from 'node:net';
import { addressFamily } from '../core/address.ts';
import type { DnsOutcome } from '../core/dns-observations.ts';
import { decodeAnswer, encodeQuery, type Message, type Question } from './dns-message.ts';
import { type Limits, saying } from './limits.ts';

export interface NameServer {
  address: string;
  port: number;
}

/** What one exchange gave: a message, or how it failed. */
export type Exchange = Message | { outcome: DnsOutcome; detail: string | null };

export const isFailure = (reply: Exchange): reply is Exclude<Exchange, Message> => 'outcome' in reply;

interface Settling {
  (reply: Exchange): void;
  /** What it comes to where nothing better comes before the time is up. */
  later(reply: Exchange): void;
}

/** An exchange that can be given up. */
export interface Running {
  reply: Promise<Exchange>;
  stop(): void;
}

const TRIES = 2;

/** After so long a packet is taken for lost and sent again, and the next server is asked as well. */
export const patience = ({ dnsTryMs }: Limits): number => Math.max(100, dnsTryMs / 4);

/** Runs one exchange until it settles, its time is up, the run ends or it is given up. */
function bounded(
  limits: Limits,
  { everyMs, times, again }: { everyMs: number; times: number; again?: () => void },
  start: (settle: Settling) => () => void,
): Running {
  const { promise, resolve } = Promise.withResolvers<Exchange>();
  let end = () => {};
  let settled = false;
  let left = times;
  let last: Exchange = { outcome: 'timeout', detail: null };
  const settle = (reply: Exchange) => {
    if (settled) return;
    settled = true;
    clearInterval(timer);
    limits.signal.removeEventListener('abort', abort);
    end();
    resolve(reply);
  };
  const later = (reply: Exchange) => {
    last = reply;
  };
  const abort = () => settle({ outcome: 'cut_off', detail: null });
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) again?.();
    else settle(last);
  }, everyMs);
  limits.signal.addEventListener('abort', abort);
  if (limits.signal.aborted) abort();
  else end = begun(start, Object.assign(settle, { later }));
  return { reply: promise, stop: abort };
}

/** A socket may refuse at once: no more files may be opened, or the address has a zone that this host lacks. */
function begun(start: (settle: Settling) => () => void, settle: Settling): () => void {
  try {
    return start(settle);
  } catch (error) {
    settle({ outcome: 'unreachable', detail: saying(error as Error) });
    return () => undefined;
  }
}

/** This host has dropped the packet itself, by a rule or for want of room; it may let the next one out. */
const LOST_HERE: ReadonlySet<string> = new Set(['EPERM', 'ENOBUFS', 'EAGAIN']);

/** A connected socket takes packets from that server alone, and learns when nobody listens there. */
export function exchangeUdp({ address, port }: NameServer, question: Question, limits: Limits): Running {
  const { id, bytes } = encodeQuery(question);
  const socket = dgram.createSocket(addressFamily(address) === 6 ? 'udp6' : 'udp4');
  let send = () => {};
  const everyMs = patience(limits);
  const pace = { everyMs, times: Math.ceil((TRIES * limits.dnsTryMs) / everyMs), again: () => send() };
  return bounded(limits, pace, (settle) => {
    const fail = (error?: NodeJS.ErrnoException | null) => {
      if (!error) return;
      const reply: Exchange = { outcome: 'unreachable', detail: saying(error) };
      if (LOST_HERE.has(error.code ?? '')) settle.later(reply);
      else settle(reply);
    };
    socket.on('error', fail);
    socket.on('message', (answer) => take(answer, id, question, settle));
    // Of a server without a route the callback gets the error, which no event tells then.
    socket.connect(port, address, (error?: Error) => {
      if (error) return fail(error);
      send = () => socket.send(bytes, fail);
      send();
    });
    return () => {
      send = () => {};
      socket.removeAllListeners().on('error', () => undefined);
      socket.close();
    };
  });
}

/** An answer to another question is left alone, as is a broken one: it may be forged, and the right one may still come. */
function take(bytes: Buffer, id: number, question: Question, settle: Settling): void {
  try {
    const message = decodeAnswer(bytes, id, question);
    if (message) settle(message);
  } catch (error) {
    settle.later({ outcome: 'malformed', detail: (error as Error).message });
  }
}

/** RFC 7766: two bytes of length before each message, hence never more than 64 KiB. */
export const exchangeTcp = ({ address, port }: NameServer, question: Question, limits: Limits): Running =>
  bounded(limits, { everyMs: limits.dnsTryMs, times: 1 }, (settle) => {
    const { id, bytes } = encodeQuery(question);
    const socket = net.connect(port, address);
    let received = Buffer.alloc(0);
    const malformed = (detail: string) => settle({ outcome: 'malformed', detail });
    socket.on('error', (error) => settle({ outcome: 'unreachable', detail: saying(error) }));
    socket.on('end', () => malformed('the connection ended early'));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      take(received.subarray(2, received.readUInt16BE(0) + 2), id, question, settle);
      malformed('it answers another question');
    });
    socket.write(Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]));
    return () => {
      socket.removeAllListeners().on('error', () => undefined);
      socket.destroy();
    };
  });
