import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket, Server as TcpServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

export const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 60_000 };

/**
 * Reads a body up to `limit` bytes and one more, so that a longer one can be told. The rest is left to node, which
 * drains it once the answer is sent, so that the connection can go on.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(chunks)
    .subarray(0, limit + 1)
    .toString('utf8');
}

export function send(
  response: ServerResponse,
  { status, headers, body }: { status: number; headers: Readonly<Record<string, string>>; body: string },
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** The connections of each server, those included that have not come as far as a request. */
const connections = new WeakMap<TcpServer, Set<Socket>>();

/** Opens a server on loopback. @returns the port, chosen by the system where `port` is 0 @throws PortError */
export async function listen(server: TcpServer, port: number, address = LOOPBACK): Promise<number> {
  if (!connections.has(server)) connections.set(server, gathered(server));
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => reject(new PortError(port, cause, address));
    server.once('error', fail);
    server.listen(port, address, () => {
      server.off('error', fail);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function gathered(server: TcpServer): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** Closes a server with all its connections; one that never listened is closed already. */
export async function shut(server: TcpServer): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of connections.get(server) ?? []) socket.destroy();
  await closed;
}

/** The port cannot be had; `cause` has the system's own code. */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly port: number;

  constructor(port: number, cause: NodeJS.ErrnoException, address = LOOPBACK) {
    super(`Port ${port} on ${address} ${REASONS[cause.code ?? ''] ?? `cannot be opened: ${cause.message}`}`, {
      cause,
    });
    this.port = port;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use',
  EACCES: 'needs more rights than this process has',
};
