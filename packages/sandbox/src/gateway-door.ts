import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type FakeGateway, MAX_BODY_BYTES } from '@amis-shop/shop-client/testing';
import { readBody, send, TIMEOUTS } from './http.ts';
import type { Certificate } from './types.ts';

/** HTTPS in front of the gateway: TLS, bounded bodies, and connections that end when a fault says so. */
export function gatewayServer(gateway: FakeGateway, certificate: Certificate): Server {
  const tls = { cert: certificate.cert, key: certificate.key, minVersion: 'TLSv1.2' as const };
  return createServer({ ...tls, ...TIMEOUTS }, (request, response) => {
    pass(gateway, request, response).catch(() => request.socket.destroy());
  });
}

async function pass(gateway: FakeGateway, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await gateway.answer({
    method: request.method ?? '',
    host: request.headers.host ?? '',
    path: request.url ?? '/',
    headers: flat(request.headers),
    body: await readBody(request, MAX_BODY_BYTES),
  });
  if ('drop' in answer) request.socket.destroy();
  else send(response, answer);
}

const flat = (headers: IncomingMessage['headers']): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
