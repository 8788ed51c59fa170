import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { FakeKms } from '@amis-shop/shop-client/testing';
import type { Feed } from './feed.ts';
import { readBody, send, TIMEOUTS } from './http.ts';
import { PAGE, PAGE_HEADERS } from './page.ts';
import type { BooksDocument } from './types.ts';

/** More than KMS takes: 6144 bytes of ciphertext in base64, and the rest of the request. */
const MAX_BODY_BYTES = 65_536;

const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

export interface KmsDoor {
  readonly kms: FakeKms;
  readonly books: () => BooksDocument;
  readonly feed: Feed;
}

/** Plain HTTP for KMS (`POST` to any path), the page (`GET /`) and what feeds it (`GET /books`, `GET /events`). */
export function kmsServer(door: KmsDoor): Server {
  return createServer(TIMEOUTS, (request, response) => {
    pass(door, request, response).catch(() => request.socket.destroy());
  });
}

async function pass(door: KmsDoor, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A page elsewhere whose name was bound to 127.0.0.1 must not reach us (DNS rebinding).
  if (!LOOPBACK_HOST.test(request.headers.host ?? '')) {
    return send(response, text(403, 'This door is for loopback only: use 127.0.0.1 or localhost.\n'));
  }
  if (request.method === 'POST') {
    return send(response, await callKms(door.kms, request));
  }
  switch (`${request.method} ${request.url?.replace(/\?.*$/s, '')}`) {
    case 'GET /':
      return send(response, { status: 200, headers: PAGE_HEADERS, body: PAGE });
    case 'GET /books':
      return send(response, json(door.books()));
    case 'GET /events':
      return door.feed.add(response);
    default:
      return send(response, text(404, 'KMS takes POST; the page at GET /, its data at GET /books.\n'));
  }
}

async function callKms(kms: FakeKms, request: IncomingMessage) {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) return text(413, 'The request is too large for KMS.\n');
  const target = request.headers['x-amz-target'];
  return await kms.handle(typeof target === 'string' ? target : undefined, body);
}

const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

const text = (status: number, body: string) => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...NO_STORE },
  body,
});

const json = (document: object) => ({
  status: 200,
  headers: { 'content-type': 'application/json', ...NO_STORE },
  body: `${JSON.stringify(document)}\n`,
});
