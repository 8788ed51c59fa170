import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Issued, Pki } from './pki.ts';

export interface TlsServer extends AsyncDisposable {
  port: number;
  /** `127.0.0.1:PORT`. */
  at: string;
  requests: { method: string; path: string; body: string; headers: IncomingMessage['headers'] }[];
  connections: number;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** As a REST API that is mapped and knows POST /shop. */
export const gateway: Handler = ({ method, url }, response) => {
  const headers = { 'x-amzn-requestid': 'r-1', 'x-amz-apigw-id': 'g-1', 'content-type': 'application/json' };
  if (method === 'POST' && url === '/shop')
    return void response.writeHead(400, headers).end('"NotOK: malformed message"');
  response
    .writeHead(403, { ...headers, 'x-amzn-errortype': 'MissingAuthenticationTokenException' })
    .end('{"message":"Missing Authentication Token"}');
};

/** Leaf and intermediate in one PEM, as servers take it. */
export const fullChain = ({ leaf, intermediate }: Pki): string => leaf.cert + intermediate.cert;

export async function startTls(
  { cert, key }: Pick<Issued, 'cert' | 'key'>,
  handler: Handler = gateway,
  options: https.ServerOptions = {},
  setUp: (server: https.Server) => void = () => undefined,
  [address, wanted] = ['127.0.0.1', 0] as readonly [string, number],
): Promise<TlsServer> {
  const requests: TlsServer['requests'] = [];
  const server = https.createServer({ cert, key, ...options }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      requests.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
      handler(request, response);
    });
  });
  server.on('tlsClientError', () => undefined);
  setUp(server);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, address, resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    at: `${address}:${port}`,
    requests,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server that does with each connection what it is told. */
export async function startTcp(
  serve: (socket: net.Socket) => void,
): Promise<{ at: string } & AsyncDisposable> {
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    at: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
