import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { printable } from '../core/text.ts';
import { type Answer, sentence } from './answer.ts';
import { ConfigError } from './config-error.ts';
import type { Log } from './log.ts';
import { tlsServer } from './tls-server.ts';
import type { WebFile } from './web-file.ts';

/** How long a client may take for its request and for reading the answer. */
const REQUEST_MS = 10_000;
const READING_MS = 30_000;
const MOST_CONNECTIONS = 512;
const MOST_HEADER_BYTES = 16_384;

const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Answers a request; the signal is aborted when the client goes before it has its answer. */
export type Handler = (request: IncomingMessage, signal: AbortSignal) => Promise<Answer>;

const BOUNDS = {
  maxHeaderSize: MOST_HEADER_BYTES,
  headersTimeout: REQUEST_MS,
  requestTimeout: REQUEST_MS,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};

export interface ServerOptions {
  handler: Handler;
  log: Log;
  /** TLS, where it has any. */
  web?: WebFile | undefined;
}

/** A server that no client can hold up or fill: time, header bytes and connections are bounded, bodies are not read. */
export function boundedServer({ handler, log, web }: ServerOptions): Server {
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void respond(handler, log, request, response);
  const server: Server =
    web?.current.tls == null
      ? createServer(BOUNDS, listener)
      : tlsServer(web, { ...BOUNDS, handshakeTimeout: REQUEST_MS }, listener);
  server.maxConnections = MOST_CONNECTIONS;
  server.maxRequestsPerSocket = 10_000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => turnAway(error, socket as Socket));
  // Without a listener, a connection that cannot be taken would end everything; at the start, listen() has one of its own.
  server.on('error', ({ code = 'error' }: NodeJS.ErrnoException) => {
    if (server.listening) log('error', `A connection could not be taken (${code}).`);
  });
  server.on('upgrade', (_request, socket) => socket.destroy());
  server.on('connect', (_request, socket) => socket.destroy());
  return server;
}

async function respond(
  handler: Handler,
  log: Log,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('The client has gone.')));
  const answer = await handler(request, gone.signal).catch((error: unknown) => {
    if (gone.signal.aborted) return;
    log('error', `A request has failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    return sentence(500, 'The exporter has failed; its log says more.');
  });
  if (answer !== undefined && !gone.signal.aborted) send(request, response, answer);
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  const hasBody = request.headers['content-length'] !== undefined || 'transfer-encoding' in request.headers;
  const patience = setTimeout(() => response.destroy(), READING_MS).unref();
  response.once('close', () => clearTimeout(patience));
  response.writeHead(status, {
    ...ALWAYS,
    ...headers,
    'content-length': Buffer.byteLength(body),
    ...(hasBody && { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function turnAway({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  // Over a handshake that failed nothing can be said.
  if (!socket.writable || code === 'ECONNRESET' || /^ERR_(SSL|TLS)_/.test(code)) socket.destroy();
  else
    socket.end(`HTTP/1.1 ${CLIENT_ERRORS[code] ?? '400 Bad Request'}\r\nconnection: close\r\n\r\n`, () =>
      socket.destroy(),
    );
}

export interface Listen {
  host: string;
  port: number;
}

const LISTEN_HINT = 'Write --listen HOST:PORT, such as 127.0.0.1:9779, or [::1]:9779; port 0 is a free one.';

/** `HOST:PORT`, `[V6]:PORT` or `:PORT` for every address. @throws {ConfigError} */
export function parseListen(text: string): Listen {
  const [, v6, name = '', digits] = /^(?:\[([0-9a-f:.]+)\]|([^:\s[\]]*)):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits !== undefined && port <= 65_535) return { host: v6 ?? (name || '::'), port };
  throw new ConfigError(`The address "${printable(text)}" is not HOST:PORT.`, LISTEN_HINT);
}

/** @returns the address as a URL @throws {ConfigError} where the address cannot be had */
export async function listen(server: Server, { host, port }: Listen): Promise<string> {
  const scheme = server instanceof TlsServer ? 'https' : 'http';
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code = 'error' }: NodeJS.ErrnoException) => {
      const what = code === 'EADDRINUSE' ? 'is in use' : `cannot be had (${code})`;
      reject(new ConfigError(`The address ${printable(host)}:${port} ${what}.`, LISTEN_HINT));
    });
    server.listen(port, host, resolve);
  });
  const { address, port: own } = server.address() as AddressInfo;
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${own}`;
}
