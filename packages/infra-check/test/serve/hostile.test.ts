import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sentence } from '../../src/serve/answer.ts';
import { boundedServer, listen } from '../../src/serve/http-server.ts';
import { logTo, throttled } from '../../src/serve/log.ts';
import { runningExporter } from './support/exporter.ts';
import { get, metric } from './support/get.ts';

/** What a server says to bytes as they are, until it closes the connection. */
async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

const statusLine = async (url: string, bytes: string): Promise<string> =>
  (await raw(url, bytes)).split('\r\n')[0] ?? '';

describe('hostile requests get a short answer, and the exporter goes on', () => {
  test.each([
    [
      'an address of 5 kB',
      `GET /${'a'.repeat(5_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      '414 URI Too Long',
    ],
    [
      'an address of 100 kB',
      `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
    [
      'headers of 100 kB',
      `GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(17_000)}\r\n`,
      '431 Request Header Fields Too Large',
    ],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00', '400 Bad Request'],
    ['a request without a host', 'GET / HTTP/1.1\r\n\r\n', '400 Bad Request'],
    [
      'two lengths',
      'POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      '400 Bad Request',
    ],
    [
      'length and chunks',
      'POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400 Bad Request',
    ],
    [
      'a control character in the address',
      'GET /\x1b[31m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      '400 Bad Request',
    ],
    [
      'a path that climbs',
      'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      '404 Not Found',
    ],
    [
      'the address of another host',
      'GET http://elsewhere.test/metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      '404 Not Found',
    ],
    [
      'a name of every object',
      'GET /constructor HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      '404 Not Found',
    ],
    [
      'half a percent sign',
      'GET /probe?target=%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      '400 Bad Request',
    ],
    ['a method that nobody knows', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', '400 Bad Request'],
    [
      'a method that is wrong',
      'DELETE /probe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      '405 Method Not Allowed',
    ],
    ['OPTIONS of everything', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '404 Not Found'],
    [
      'a body that never ends',
      `POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n${'x'.repeat(1000)}`,
      '200 OK',
    ],
  ])('%s', async (_, bytes, status) => {
    const { url } = await runningExporter();
    expect(await statusLine(url, bytes)).toBe(`HTTP/1.1 ${status}`);
    expect((await get(`${url}/healthz`)).status).toBe(200);
  });

  test.each([
    'CONNECT elsewhere.test:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  ])('a tunnel is not opened: %j', async (bytes) => {
    const { url } = await runningExporter();
    expect(await raw(url, bytes)).toBe('');
    expect((await get(`${url}/healthz`)).status).toBe(200);
  });

  test('a client that sends its request a byte at a time is cut off', async () => {
    const { url } = await runningExporter();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.resume();
    const drip = setInterval(() => socket.write('a'), 200);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nA: ');
    await once(socket, 'close');
    clearInterval(drip);
    expect((await get(`${url}/healthz`)).status).toBe(200);
  });
});

test('HEAD says what GET would, without the body', async () => {
  const { url } = await runningExporter();
  const { status, headers, body } = await get(`${url}/healthz`, { method: 'HEAD' });
  expect({ status, length: headers.get('content-length'), body }).toEqual({
    status: 200,
    length: '20',
    body: '',
  });
});

test('paths that strangers think of do not make new metrics', async () => {
  const { url } = await runningExporter();
  for (const path of ['/a', '/b?c=d', '/probe/x', '/metrics/']) await get(`${url}${path}`);
  expect(await metric(url, 'infra_check_exporter_http_requests_total{handler="other",code="404"}')).toBe(4);
});

test('what strangers ask for never begins a line of the log, and fills no disk', async () => {
  const { url, lines } = await runningExporter();
  const start = lines.length;
  const target = 'a.test\n2026-01-01T00:00:00.000Z error forged';
  for (let i = 0; i < 50; i += 1) await get(`${url}/probe?${new URLSearchParams({ target })}`);
  const added = lines.slice(start);
  expect(added).toHaveLength(10);
  for (const line of added) expect(line).toMatch(/^\S+ warning Refused a probe: .*a\.test\\n2026.*\n$/);
  expect(await metric(url, 'infra_check_exporter_refused_probes_total{reason="bad_request"}')).toBe(50);
});

test('lines that were left out are counted', () => {
  const lines: string[] = [];
  let now = 0;
  const at = () => new Date(0);
  const log = throttled(logTo({ write: (line) => lines.push(line) }, at), 2, () => now);
  for (let i = 0; i < 5; i += 1) log('info', `line ${i}`);
  now = 60_000;
  log('info', 'line 5');
  const time = '1970-01-01T00:00:00.000Z';
  expect(lines).toEqual([
    `${time} info line 0\n`,
    `${time} info line 1\n`,
    `${time} warning 3 more lines of this kind were left out.\n`,
    `${time} info line 5\n`,
  ]);
});

test('a client that takes no answer holds nobody up', async () => {
  const { url } = await runningExporter();
  const pending = Array.from({ length: 50 }, () => {
    const client = request(`${url}/`, { agent: false });
    client.on('error', () => undefined).end();
    return client;
  });
  expect((await get(`${url}/healthz`)).status).toBe(200);
  for (const client of pending) client.destroy();
});

test('a connection that the system does not hand over ends nothing, each time', async () => {
  const lines: string[] = [];
  const log = throttled(logTo({ write: (line) => lines.push(line) }), 10);
  const server = boundedServer({ handler: async () => sentence(200, 'Here.'), log });
  onTestFinished(() => void server.close());
  const url = await listen(server, { host: '127.0.0.1', port: 0 });
  for (let i = 0; i < 2; i += 1)
    server.emit('error', Object.assign(new Error('accept ENOBUFS'), { code: 'ENOBUFS' }));
  expect(lines.map((line) => line.slice(25))).toEqual(
    Array.from({ length: 2 }, () => 'error A connection could not be taken (ENOBUFS).\n'),
  );
  expect((await get(url)).status).toBe(200);
});
