import http from 'node:http';
import type { Duplex } from 'node:stream';
import { NO_TRUSTED_CONNECTION } from '../core/gateway-evidence.ts';
import type { HttpAnswer } from '../core/observations.ts';
import { cut } from '../core/text.ts';
import { type Limits, saying, since } from './limits.ts';

export interface HttpRequest {
  method: HttpAnswer['method'];
  path: string;
  /** The Host header: the name, and the port where it is not 443. */
  host: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

const MOST_BODY_BYTES = 65_536;
const KEPT_BODY = 2_048;
const MOST_HEADER_BYTES = 16_384;

/** A request that is ready to be sent over its socket, whose handshake may still be under way. */
export interface Prepared {
  /** Sends it, at once where the socket is open, and reads a bounded answer. Never rejects. */
  send(limits: Limits): Promise<HttpAnswer>;
}

export const request = (socket: Duplex, asked: HttpRequest, limits: Limits): Promise<HttpAnswer> =>
  prepare(socket, asked).send(limits);

/** Makes everything ready but sends nothing. */
export function prepare(socket: Duplex, asked: HttpRequest): Prepared {
  const sent = http.request({
    createConnection: () => socket,
    method: asked.method,
    path: asked.path,
    headers: headersOf(asked),
    setDefaultHeaders: false,
    maxHeaderSize: MOST_HEADER_BYTES,
  });
  sent.on('error', () => undefined);
  return { send: (limits) => send(sent, socket, asked, limits) };
}

function send(
  sent: http.ClientRequest,
  socket: Duplex,
  asked: HttpRequest,
  limits: Limits,
): Promise<HttpAnswer> {
  const start = performance.now();
  const seen = nothingOf(asked);
  return new Promise((resolve) => {
    let settled = false;
    let endedMs: number | null = null;
    const chunks: Buffer[] = [];
    const settle = (outcome: HttpAnswer['outcome'], detail: string | null = null, isSpent = true) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', abort);
      const body = cut(Buffer.concat(chunks).toString('utf8'), KEPT_BODY);
      const isBegun = seen.status !== null && (outcome === 'timeout' || outcome === 'reset');
      const ended = { outcome: isBegun ? 'unfinished' : outcome, detail, total_ms: since(start) };
      // What comes to its end is an answer, whatever happens to its connection after it: a till has it by then.
      const whole = endedMs !== null && { outcome: 'answer' as const, detail: null, total_ms: endedMs };
      resolve({ ...seen, body, ...(whole || ended) });
      if (isSpent) socket.destroy();
    };
    const abort = () => settle('cut_off', 'the time of the whole run was up');
    const timer = setTimeout(() => settle('timeout', 'the answer did not end in time'), limits.answerMs);
    limits.signal.addEventListener('abort', abort);
    if (limits.signal.aborted) return abort();

    sent.on('error', (error) => settle(...failureOf(error)));
    // An answer all the same, of which Node says nothing to who does not listen: it would look like a server that is silent.
    sent.on('upgrade', ({ statusCode, headers }) => {
      Object.assign(seen, {
        status: statusCode,
        headers: headersThatMatter(headers),
        first_byte_ms: since(start),
      });
      settle('answer');
    });
    sent.on('response', (response) => {
      seen.status = response.statusCode ?? null;
      seen.headers = headersThatMatter(response.headers);
      seen.first_byte_ms = since(start);
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MOST_BODY_BYTES) chunks.push(chunk);
        else settle('endless', 'the body was cut at 64 KiB');
      });
      response.on('error', (error) => settle(...failureOf(error)));
      // Node lets go of the socket at 'close'; until then it would take the next request's listeners along.
      response.on('end', () => {
        endedMs = since(start);
        sent.once('close', () => settle('answer', null, false));
      });
    });
    sent.end(asked.body);
  });
}

const nothingOf = ({ method, path }: HttpRequest): HttpAnswer => ({
  method,
  path,
  outcome: 'cut_off',
  status: null,
  headers: {},
  body: '',
  first_byte_ms: null,
  total_ms: null,
  detail: null,
});

/** Where the connection was ended, and no other that a till would trust could be had. */
export const notAsked = (asked: HttpRequest): HttpAnswer => ({
  ...nothingOf(asked),
  outcome: 'reset',
  detail: NO_TRUSTED_CONNECTION,
});

const headersOf = ({ host, headers, body }: HttpRequest): Record<string, string> => ({
  host,
  'user-agent': 'infra-check',
  accept: '*/*',
  connection: 'keep-alive',
  ...headers,
  ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
});

/** What tells one gateway, or none, from another. */
const MATTER = [
  'access-control-allow-methods',
  'access-control-allow-origin',
  'age',
  'allow',
  'apigw-requestid',
  'content-encoding',
  'content-type',
  'date',
  'location',
  'retry-after',
  'server',
  'via',
  'x-amz-apigw-id',
  'x-amz-cf-id',
  'x-amzn-errortype',
  'x-amzn-requestid',
  'x-amzn-waf-action',
];

const headersThatMatter = (headers: http.IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    MATTER.flatMap((name) => (headers[name] === undefined ? [] : [[name, cut(String(headers[name]), 300)]])),
  );

function failureOf(error: Error): [HttpAnswer['outcome'], string] {
  const said = saying(error);
  if (said === 'HPE_HEADER_OVERFLOW') return ['endless', said];
  if (said.startsWith('HPE_')) return ['not_http', said];
  return [/CERTIFICATE_REQUIRED/.test(said) ? 'client_certificate_wanted' : 'reset', said];
}
