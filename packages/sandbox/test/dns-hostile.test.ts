import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../src/index.ts';
import { askUdp, sendTcp, sendUdp, split } from './support/dns.ts';
import { rsaKey } from './support/keys.ts';
import { hostilePackets, question } from './support/packets.ts';
import type { OpenSandbox } from './support/road.ts';

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
    // Sooner than it would end a connection that is idle.
    await once(socket.resume(), 'close', { signal: AbortSignal.timeout(5000) });
    await stillServes();
  });

  test('by one that asks and asks and reads no answer: it is heard no further', async () => {
    const socket = open();
    await once(socket, 'connect');
    socket.pause();
    const questions = Buffer.concat(Array<Buffer>(2000).fill(frame(question('shop.test', 'CAA'))));
    let heard = 0;
    // More than the system keeps between two ends of a connection.
    const all = 400;
    const next = () => {
      heard += 1;
      if (heard < all) socket.write(questions, next);
    };
    socket.write(questions, next);
    let [before, turns] = [heard, 0];
    while (turns < 30) {
      await setTimeout(10);
      turns = heard === before ? turns + 1 : 0;
      before = heard;
    }
    expect(heard).toBeLessThan(all);
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
