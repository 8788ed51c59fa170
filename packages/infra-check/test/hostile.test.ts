import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { checkInfra, FORMATS, render } from '../src/index.ts';
import { a, cname, startDns, type Zone, zoneOf } from './support/dns-world.ts';
import { findingOf } from './support/find.ts';
import { issue, makePki } from './support/pki.ts';
import { fullChain, type Handler, startTcp, startTls } from './support/tls-world.ts';

const NAME = 'api.shop.test';
/** Far above what is needed, far below what a hanging run would take. */
const SOON_MS = 8_000;

describe('a server that takes connections and', () => {
  test.each<[what: string, serve: (socket: Socket) => void, says: RegExp]>([
    ['never says anything', () => undefined, /does not finish the handshake/],
    ['sends garbage', (socket) => socket.write(randomBytes(5_000)), /does not speak TLS|fails the handshake/],
    ['speaks HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /does not speak TLS/],
    ['ends at once', (socket) => socket.destroy(), /breaks off the handshake/],
    [
      'drips a record for ever',
      (socket) => drip(socket, Buffer.from([22, 3, 3, 64, 0])),
      /does not finish the handshake/,
    ],
    ['refuses by an alert', (socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40])), /alert/],
  ])('%s', async (_what, serve, says) => {
    await using server = await startTcp(serve);
    const start = performance.now();
    const report = await checkInfra(NAME, { connect: server.at, skip: ['dns'], timeoutMs: 1_500 });
    expect(performance.now() - start).toBeLessThan(SOON_MS);
    expect(report.first_broken).toBe('certificate.connection');
    expect(findingOf(report, 'certificate.connection')).toMatchObject({
      status: 'critical',
      summary: expect.stringMatching(says),
    });
    expect(findingOf(report, 'gateway.answer').status).toBe('skipped');
  });
});

function drip(socket: Socket, first: Buffer): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(Buffer.from([0])), 20);
  socket.on('close', () => clearInterval(timer));
}

test('a certificate chain of a megabyte is refused, in bounded memory, and told', async () => {
  const pki = makePki();
  const huge = issue({ subject: 'Huge', isCa: true, padding: 1_000_000 }, pki.root);
  await using server = await startTls({ cert: pki.leaf.cert + huge.cert, key: pki.leaf.key });
  const report = await checkInfra(NAME, {
    connect: server.at,
    ca: pki.root.cert,
    skip: ['dns'],
    timeoutMs: 4_000,
  });
  expect(report.first_broken).toBe('certificate.connection');
  expect(JSON.stringify(report).length).toBeLessThan(100_000);
});

test('a certificate whose names cannot be read is not called sound, whatever is sent along with it', async () => {
  const crowded = makePki({ names: [NAME, ...Array<string>(10_001).fill('a')] });
  const { leaf, intermediate, root } = crowded;
  for (const cert of [leaf.cert, leaf.cert + intermediate.cert]) {
    await using server = await startTls({ cert, key: leaf.key });
    const report = await checkInfra(NAME, {
      connect: server.at,
      ca: root.cert + intermediate.cert,
      skip: ['dns'],
    });
    expect(report.observations.connections?.[0]?.outcome).toBe('established');
    // A till takes it: Node can read them.
    expect(report.path_status).toBe('ok');
    expect(findingOf(report, 'certificate.name')).toMatchObject({
      status: 'unknown',
      summary: 'The names of the certificate cannot be read here.',
    });
  }
});

/** An answer that never comes to its end. */
const endless =
  (head: string, piece: string): ((socket: Socket) => void) =>
  (socket) => {
    socket.write(head);
    const more = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more);
    more();
  };

describe('an HTTP answer with', () => {
  test.each<
    [what: string, write: (socket: Socket) => void, check: 'gateway.answer' | 'gateway.api', status: string]
  >([
    ['an endless body', endless('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(16_384)), 'gateway.answer', 'critical'],
    [
      'the endless page of a portal',
      endless('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n', 'x'.repeat(16_384)),
      'gateway.api',
      'critical',
    ],
    [
      'endless headers',
      endless('HTTP/1.1 200 OK\r\n', `x-y: ${'z'.repeat(1_000)}\r\n`),
      'gateway.answer',
      'critical',
    ],
    ['garbage', (socket) => socket.end(randomBytes(2_000)), 'gateway.answer', 'critical'],
    ['nothing', () => undefined, 'gateway.answer', 'critical'],
  ])('%s ends soon', async (_what, write, check, status) => {
    const pki = makePki();
    await using server = await startTls(
      { cert: fullChain(pki), key: pki.leaf.key },
      undefined,
      {},
      (https) => {
        https.removeAllListeners('secureConnection');
        https.on('secureConnection', (socket) => {
          socket.on('error', () => undefined);
          socket.once('data', () => write(socket));
        });
      },
    );
    const start = performance.now();
    const report = await checkInfra(NAME, {
      connect: server.at,
      ca: pki.root.cert,
      skip: ['dns'],
      timeoutMs: 2_000,
    });
    expect(performance.now() - start).toBeLessThan(SOON_MS);
    expect(report).toMatchObject({ first_broken: check });
    expect(findingOf(report, check).status).toBe(status);
    expect(JSON.stringify(report).length).toBeLessThan(50_000);
  });
});

describe('a DNS answer with', () => {
  const header = (id: number, answers: number) =>
    Buffer.from([id >> 8, id & 255, 0x84, 0, 0, 1, 0, answers, 0, 0, 0, 0]);
  const question = Buffer.from('\x03api\x04shop\x04test\x00\x00\x01\x00\x01', 'latin1');
  const loop = Buffer.from([0xc0, 31, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 52, 1, 2, 3]);

  test.each<[what: string, zone: Zone, observed: RegExp]>([
    [
      'a compression loop',
      (_, id) => Buffer.concat([header(id, 1), question, loop]),
      /bad pointer|malformed/,
    ],
    ['more records promised than sent', (_, id) => Buffer.concat([header(id, 255), question]), /./],
    [
      'the id of another question',
      (_, id) => Buffer.concat([header((id + 1) & 0xffff, 0), question]),
      /timeout/,
    ],
    [
      'another question',
      (_, id) =>
        Buffer.concat([header(id, 0), Buffer.from('\x04evil\x04test\x00\x00\x01\x00\x01', 'latin1')]),
      /timeout/,
    ],
    [
      'a query in its place',
      (_, id) => Buffer.concat([Buffer.from([id >> 8, id & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), question]),
      /timeout/,
    ],
  ])('%s is not taken', async (_what, zone, observed) => {
    await using server = await startDns(zone);
    const report = await checkInfra(NAME, {
      resolvers: [server.at],
      only: ['dns.resolve'],
      timeoutMs: 1_500,
    });
    expect(report.findings[0]).toMatchObject({
      status: 'unknown',
      observed: expect.stringMatching(observed),
    });
  });

  test('thousands of records is cut', async () => {
    const many = Array.from({ length: 2_000 }, (_, i) => a(NAME, `52.1.${i >> 8}.${i & 255}`));
    await using server = await startDns(zoneOf('shop.test', many, { truncated: true }));
    const report = await checkInfra(NAME, { resolvers: [server.at], only: ['dns'], timeoutMs: 3_000 });
    expect(report.observations.dns?.resolvers[0]?.a.answers).toHaveLength(64);
    expect(JSON.stringify(report).length).toBeLessThan(100_000);
  });
});

const EVIL = '\u001b[2J\u202e"><script>alert(1)</script>\n# HELP evil|x=1\u0000';

test('control characters and markup in names, headers and certificates stand raw in no format', async () => {
  const evilHeader = EVIL.replace(/[^\x20-\x7e]/g, '\u001b').replaceAll('\u001b', '\u009b');
  const handler: Handler = (_, response) => {
    const socket = response.socket as Socket;
    socket.end(
      `HTTP/1.1 200 OK\r\nserver: ${evilHeader}\r\nx-amzn-errortype: ${evilHeader}\r\nx-amzn-requestid: a\r\ncontent-length: 0\r\n\r\n`,
      'latin1',
    );
  };
  const pki = makePki({ subject: EVIL, names: [NAME, 'evil\u001b[2J"><b>|x'] });
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, handler);
  await using dns = await startDns(({ name, type }) =>
    type === 'A' && name === NAME
      ? { answers: [cname(NAME, 'evil\u001b[2J"><b>.test'), a('evil\u001b[2j"><b>.test', '127.0.0.1')] }
      : {},
  );
  const url = `https://${NAME}:${server.at.split(':')[1]}/shop`;
  const report = await checkInfra(url, {
    resolvers: [dns.at],
    ca: pki.root.cert,
    allowPrivate: true,
    timeoutMs: 4_000,
  });
  expect(report.observations.connections?.[0]?.served_chain[0]?.subject).toContain('script');
  expect(report.observations.gateways?.[0]?.get?.headers['server']).toContain('script');
  for (const format of FORMATS)
    expect([format, hazards(render(report, format, { verbose: true }), format)]).toEqual([format, []]);
});

/** What stands in a rendered report that should not. */
function hazards(text: string, format: string): string[] {
  const controls = text.replaceAll('\n', '').match(/[\p{Cc}\p{Cf}]/gu) ?? [];
  const isMarkup = format === 'html' || format === 'junit';
  const tags = isMarkup ? (text.match(/<script|<b>|">\S*<script/g) ?? []) : [];
  const forged = format === 'prometheus' ? (text.match(/^# HELP evil/gm) ?? []) : [];
  const bars = format === 'nagios' && (text.split('\n')[0]?.split('|').length ?? 0) !== 2 ? ['bars'] : [];
  return [...controls, ...tags, ...forged, ...bars];
}

test('what was seen before the time was up is reported, and the one finding where the time was up is the unknown one', async () => {
  const tries = new Map<string, number>();
  const slow: Zone = ({ name, type }) => {
    if (type !== 'A') return {};
    tries.set(name, (tries.get(name) ?? 0) + 1);
    return tries.get(name) === 1 ? undefined : { answers: [cname(name, `a${name}`)] };
  };
  await using dns = await startDns(slow);
  const report = await checkInfra(NAME, { resolvers: [dns.at], timeoutMs: 600 });
  expect(report.duration_ms).toBeLessThan(SOON_MS);
  expect(report).toMatchObject({
    status: 'unknown',
    first_broken: 'dns.resolve',
    observations: { timed_out: true },
  });
  expect(report.observations.dns?.resolvers[0]?.a.answers[0]?.type).toBe('CNAME');
  expect(findingOf(report, 'certificate.expiry')).toMatchObject({
    status: 'skipped',
    summary: expect.stringContaining('time'),
  });
});

test('a gateway that never answers is critical, and what was to be asked after it is unknown', async () => {
  const pki = makePki();
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, () => undefined);
  const wishes = { options: true, postProbe: true, timeoutMs: 600 };
  const report = await checkInfra(NAME, { connect: server.at, ca: pki.root.cert, skip: ['dns'], ...wishes });
  expect(report).toMatchObject({ status: 'critical', first_broken: 'gateway.answer' });
  expect(findingOf(report, 'gateway.options').status).toBe('unknown');
  expect(findingOf(report, 'certificate.trust').status).toBe('ok');
});

test('a caller who aborts gets the reason, and soon', async () => {
  await using server = await startTcp(() => undefined);
  const controller = new AbortController();
  const run = checkInfra(NAME, { connect: server.at, skip: ['dns'] }, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(run).rejects.toThrow('enough');
});
