import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import * as dnsPacket from 'dns-packet';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { roadNames } from '../src/dns/names.ts';
import { createResponder } from '../src/dns/responder.ts';
import { readQuery, writeResponse } from '../src/dns/wire.ts';
import { startSandbox } from '../src/index.ts';
import { askUdp, sendTcp, sendUdp, split } from './support/dns.ts';
import { rsaKey } from './support/keys.ts';
import type { OpenSandbox } from './support/road.ts';

const names = roadNames('shop.test', 'eu-west-1');
const SERVERS = ['127.0.0.1', '127.0.0.2'];
const responder = createResponder({ names, addresses: ['127.0.0.1'], servers: SERVERS }, 0);

const question = (name = 'api.shop.test', type: dnsPacket.RecordType = 'A', size?: number): Buffer =>
  dnsPacket.encode({
    type: 'query',
    id: 0x1234,
    flags: 0x0100,
    questions: [{ name, type }],
    ...(size !== undefined && {
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: size,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ],
    }),
  });

const patched = (packet: Buffer, ...bytes: [at: number, byte: number][]): Buffer => {
  const copy = Buffer.from(packet);
  for (const [at, byte] of bytes) copy[at] = byte;
  return copy;
};

const rcodeOf = (response: Buffer | undefined) => response && response.readUInt16BE(2) & 0xf;

const NAME_AT = 12;

describe('what is no question is told so, or not answered at all', () => {
  test.each<[string, Buffer, number | undefined]>([
    ['nothing', Buffer.alloc(0), undefined],
    ['half a header', question().subarray(0, 11), undefined],
    ['an answer', patched(question(), [2, 0x81]), undefined],
    ['a header alone', patched(question().subarray(0, 12), [5, 0]), 1],
    ['a question that is cut off', question().subarray(0, 20), 1],
    ['a name that is cut off', question().subarray(0, 27), 1],
    ['two questions', patched(question(), [5, 2]), 1],
    ['65535 questions', patched(question(), [4, 0xff], [5, 0xff]), 1],
    ['an answer in the question', patched(question(), [7, 1]), 1],
    ['65535 additional records', patched(question(), [10, 0xff], [11, 0xff]), 1],
    ['a name that points at itself', patched(question(), [NAME_AT, 0xc0], [NAME_AT + 1, NAME_AT]), 1],
    ['a name that points ahead', patched(question(), [NAME_AT, 0xc0], [NAME_AT + 1, 40]), 1],
    ['a label of an unknown kind', patched(question(), [NAME_AT, 0x40]), 1],
    ['a name without end', Buffer.concat([question().subarray(0, 12), Buffer.alloc(1000, 1)]), 1],
    ['more than 4096 bytes', Buffer.concat([question(), Buffer.alloc(4097)]), 1],
    ['two OPT records', twoOptions(), 1],
    ['a status request', patched(question(), [2, 0x11]), 4],
  ])('%s', (_what, packet, rcode) => {
    expect(rcodeOf(responder.respond(packet, 'udp'))).toBe(rcode);
  });

  function twoOptions(): Buffer {
    const one = question(undefined, undefined, 1232);
    return patched(Buffer.concat([one, one.subarray(one.length - 11)]), [11, 2]);
  }
});

test.each([
  [62, 3],
  [63, 3],
  [64, 1],
])('a label of %i bytes gets code %i', (length, rcode) => {
  const label = Buffer.concat([Buffer.from([length]), Buffer.alloc(length, 'x')]);
  const packet = Buffer.concat([question().subarray(0, 12), label, question('shop.test').subarray(12)]);
  expect(rcodeOf(responder.respond(packet, 'udp'))).toBe(rcode);
});

/** A query whose answer has one TXT record of so many bytes altogether, as it goes over UDP. */
function answerOf(bytes: number, size: number | undefined): Buffer {
  const read = readQuery(question('api.shop.test', 'TXT', size));
  if (read === undefined) throw new Error('not read');
  const write = (data: Buffer[]) =>
    writeResponse(
      read.query,
      { rcode: 'NOERROR', answers: [{ name: 'api.shop.test', type: 'TXT', ttl: 1, data }] },
      'udp',
    );
  const bare = write([Buffer.alloc(0)]).length;
  const filling: Buffer[] = [];
  for (let left = bytes - bare + 1; left > 0; left -= 256)
    filling.push(Buffer.alloc(Math.min(left, 256) - 1, 'x'));
  return write(filling);
}

test.each([
  [undefined, 512, false],
  [undefined, 513, true],
  [1, 512, false],
  [1, 513, true],
  [600, 600, false],
  [600, 601, true],
  [1232, 1232, false],
  [1232, 1233, true],
  [4096, 1232, false],
  [4096, 1233, true],
])('a client that takes %s bytes gets an answer of %i: cut %s', (size, bytes, cut) => {
  const packet = answerOf(bytes, size);
  const { flag_tc, answers } = dnsPacket.decode(packet);
  expect([flag_tc, answers?.length]).toEqual(cut ? [true, 0] : [false, 1]);
  expect(cut ? packet.length < 512 : packet.length === bytes).toBe(true);
});

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function hostilePackets(count: number, seed: number): Buffer[] {
  const next = random(seed);
  const upTo = (limit: number) => Math.floor(next() * limit);
  const seeds = [
    question(),
    question('shop.test', 'CAA', 1232),
    question('x'.repeat(63), 'SOA', 512),
    question('.', 'NS'),
  ];
  const noise = () => Buffer.from(Array.from({ length: upTo(600) }, () => upTo(256)));
  const mutated = () => {
    const packet = Buffer.from(seeds[upTo(seeds.length)] ?? '');
    for (let changes = 1 + upTo(6); changes > 0; changes -= 1) packet[upTo(packet.length)] = upTo(256);
    return next() < 0.3 ? packet.subarray(0, upTo(packet.length)) : packet;
  };
  return Array.from({ length: count }, () => (next() < 0.3 ? noise() : mutated()));
}

test('of 30000 packets of noise none is answered with more than 1232 bytes, or with another id', () => {
  let answered = 0;
  for (const packet of hostilePackets(30_000, 4)) {
    const response = responder.respond(packet, 'udp');
    if (response === undefined) continue;
    answered += 1;
    const sound =
      response.length <= 1232 &&
      response.readUInt16BE(0) === packet.readUInt16BE(0) &&
      (response[2] ?? 0) >= 0x80;
    if (!sound) expect.unreachable(`${packet.toString('hex')} was answered with ${response.toString('hex')}`);
    dnsPacket.decode(response);
  }
  expect(answered).toBeGreaterThan(10_000);
});

describe('name servers that are pestered still serve the others', () => {
  let sandbox: OpenSandbox;
  let server: string;

  beforeAll(async () => {
    sandbox = await startSandbox({ dns: true, keys: { AMIS1: rsaKey } });
    server = sandbox.dns.servers[0] ?? '';
  });

  afterAll(() => sandbox.close());

  const stillServes = async () => {
    expect((await askUdp(server, 'ns1.shop.test', 'A', 5000)).answers).toMatchObject([{ data: '127.0.0.1' }]);
    const framed = frame(question('ns1.shop.test'));
    expect((await sendTcp(server, framed, 50)).readUInt16BE(2)).toBe(0x1234);
  };

  const frame = (packet: Buffer): Buffer => {
    const size = Buffer.alloc(2);
    size.writeUInt16BE(packet.length);
    return Buffer.concat([size, packet]);
  };

  function open(): Socket {
    const [host, port] = split(server);
    const socket = connect(port, host).on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    return socket;
  }

  test('by noise over UDP', async () => {
    for (const packet of hostilePackets(300, 5)) await sendUdp(server, packet, 1).catch(() => undefined);
    await stillServes();
  });

  test('by noise over TCP', async () => {
    const noise = hostilePackets(2000, 6);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const socket = open();
        socket.resume().end(Buffer.concat(noise.filter((_packet, j) => j % 20 === i).map(frame)));
        return once(socket, 'close');
      }),
    );
    await stillServes();
  });

  test('by a frame that is longer than any question', async () => {
    const socket = open();
    socket.write(Buffer.from([0x10, 0x01]));
    await once(socket.resume(), 'close');
    await stillServes();
  });

  test('by one that asks and asks and reads no answer', async () => {
    const socket = open();
    await once(socket, 'connect');
    socket.pause();
    const many = Buffer.concat(Array.from({ length: 2000 }, () => frame(question('shop.test', 'CAA'))));
    const before = process.memoryUsage().arrayBuffers;
    let written = 0;
    while (
      socket.write(many) ||
      (await once(socket, 'drain', { signal: AbortSignal.timeout(500) }).catch(() => false))
    ) {
      written += many.length;
      if (written > 100_000_000) expect.unreachable('the name server takes questions for ever');
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
    await stillServes();
  });

  test('by more connections than it takes: those beyond are ended', async () => {
    const idle = Array.from({ length: 80 }, open);
    const ended = idle.map((socket) => once(socket.resume(), 'close'));
    await Promise.all(ended.slice(-16).map(() => Promise.race(ended)));
    await expect.poll(() => idle.filter((socket) => socket.closed).length).toBe(16);
    for (const socket of idle) socket.destroy();
    await expect
      .poll(() =>
        stillServes().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  test('half a question keeps nobody from closing', async () => {
    const other = await startSandbox({ dns: true, keys: { AMIS1: rsaKey } });
    const [host, port] = split(other.dns.servers[0] ?? '');
    const gateway = connect(Number(new URL(other.url).port), '127.0.0.1').on('error', () => undefined);
    const half = connect(port, host).on('error', () => undefined);
    await Promise.all([once(gateway, 'connect'), once(half, 'connect')]);
    half.write(frame(question()).subarray(0, 10));
    await other.close();
    await expect(askUdp(other.dns.servers[0] ?? '', 'shop.test', 'SOA', 200)).rejects.toThrow();
  });
});
