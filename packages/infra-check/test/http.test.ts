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

test.each([
  ['an error of the stream', 1_000, 'ERR_STREAM_ALREADY_FINISHED'],
  ['a reset', 1_000, 'ECONNRESET'],
  ['nothing more until the time is up', 100, null],
])('an answer that came to its end stays an answer, whatever follows: %s', async (_, answerMs, code) => {
  const closing = new Duplex({
    read: () => undefined,
    write(_chunk, _encoding, done) {
      setImmediate(() => this.push('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"OK"'));
      if (code) setTimeout(() => done(Object.assign(new Error(code), { code })), 20);
    },
  });
  const asked = { method: 'POST', path: '/shop', host: 'api.shop.test', body: '{}' } as const;
  const answer = await request(closing, asked, { ...limits(), answerMs });
  expect(answer).toMatchObject({ outcome: 'answer', status: 200, body: '"OK"', detail: null });
  expect(closing.destroyed).toBe(true);
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

/** Answers each request with a body of this many bytes, in pieces. */
const wordySocket = (bytes: number): Duplex =>
  new Duplex({
    read: () => undefined,
    write(_chunk, _encoding, done) {
      done();
      this.push(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`);
      for (let left = bytes; left > 0; left -= 4_096) this.push(Buffer.alloc(Math.min(left, 4_096), 'x'));
    },
  });

test.each([
  [2_047, 'answer', 2_047],
  [2_048, 'answer', 2_048],
  [2_049, 'answer', 2_051],
  [65_536, 'answer', 2_051],
  [65_537, 'endless', 2_051],
] as const)(
  'a body of %i bytes is an outcome %s, and its first 2 KiB are kept',
  async (bytes, outcome, kept) => {
    const socket = wordySocket(bytes);
    const answer = await request(socket, { method: 'GET', path: '/shop', host: 'api.shop.test' }, limits());
    expect(answer).toMatchObject({ outcome, status: 200 });
    expect(answer.body).toHaveLength(kept);
    expect(answer.body.endsWith('...')).toBe(bytes > 2_048);
    expect(socket.destroyed).toBe(outcome === 'endless');
  },
);
