import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { request } from '../src/probes/http.ts';
import { limitsOf } from '../src/probes/limits.ts';

const limits = () => limitsOf(1_000, new AbortController().signal);

/** Answers at once, and says only later that the request was taken: as a fast gateway does to a slow machine. */
const hastySocket = (): Duplex =>
  new Duplex({
    read: () => undefined,
    write(_chunk, _encoding, done) {
      setImmediate(() => this.push('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"OK"'));
      setTimeout(done, 20);
    },
  });

test('a connection whose answer was faster than the request carries the next one too', async () => {
  const socket = hastySocket();
  for (const method of ['GET', 'OPTIONS', 'POST'] as const) {
    const answer = await request(socket, { method, path: '/shop', host: 'api.shop.test' }, limits());
    expect(answer).toMatchObject({ outcome: 'answer', status: 200, body: '"OK"' });
  }
  expect(socket.destroyed).toBe(false);
});

test('an answer that switches protocols is an answer, not silence', async () => {
  const socket = new Duplex({
    read: () => undefined,
    write(_chunk, _encoding, done) {
      done();
      this.push(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nServer: other\r\n\r\n',
      );
    },
  });
  const answer = await request(socket, { method: 'GET', path: '/shop', host: 'api.shop.test' }, limits());
  expect(answer).toMatchObject({ outcome: 'answer', status: 101, headers: { server: 'other' }, body: '' });
  expect(socket.destroyed).toBe(true);
});
