import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { checkInfra, type Report } from '../src/index.ts';
import { findingOf, troubles } from './support/find.ts';
import { makePki } from './support/pki.ts';
import { fullChain, startTcp, startTls } from './support/tls-world.ts';

const pki = makePki();
const good = { cert: fullChain(pki), key: pki.leaf.key };

interface Seen {
  report: Report;
  connections: number;
  requests: number;
}

type Spoil = (socket: net.Socket, pass: () => void) => void;

/** A gateway behind something that does with the first connections what it is told, and lets the others pass. */
async function behind(spoil: Spoil, spoilt: number, timeoutMs?: number): Promise<Seen> {
  await using server = await startTls(good);
  let connections = 0;
  await using front = await startTcp((socket) => {
    connections += 1;
    const pass = () => {
      const back = net.connect(server.port, '127.0.0.1').on('error', () => socket.destroy());
      socket.on('close', () => back.destroy());
      socket.pipe(back).pipe(socket);
    };
    if (connections <= spoilt) spoil(socket, pass);
    else pass();
  });
  const given = { connect: front.at, ca: pki.root.cert, skip: ['dns'], ...(timeoutMs && { timeoutMs }) };
  const report = await checkInfra('api.shop.test', given);
  return { report, connections, requests: server.requests.length };
}

const ending: Spoil = (socket) => void socket.once('data', () => socket.resetAndDestroy());
const silent: Spoil = () => undefined;

describe('what one connection meets and the next does not stops no till, which tries again, and is a warning:', () => {
  test.each([
    ['it is reset', ending],
    ['it stays silent', silent],
  ])('%s', async (_what, spoil) => {
    const { report, connections, requests } = await behind(spoil, 1);
    expect([connections, requests]).toEqual([2, 1]);
    expect(troubles(report)).toEqual(['certificate.connection: warning']);
    expect(report).toMatchObject({ path_status: 'warning', first_broken: null });
    expect(findingOf(report, 'certificate.connection').summary).toMatch(
      /^127\.0\.0\.1:\d+ finished a handshake at the second try only\.$/,
    );
  });
});

test.each([
  ['is reset', ending, /breaks off the handshake/],
  ['stays silent', silent, /does not finish the handshake in time/],
])('what %s twice is the broken link', async (_what, spoil, says) => {
  const { report, connections } = await behind(spoil, 2, 4_000);
  expect(connections).toBe(2);
  expect(report.first_broken).toBe('certificate.connection');
  expect(findingOf(report, 'certificate.connection').summary).toMatch(says);
});

test('a path in order takes one connection, and is not held up', async () => {
  const { report, connections, requests } = await behind(silent, 0);
  expect(troubles(report)).toEqual([]);
  expect([connections, requests]).toEqual([1, 1]);
  expect(report.duration_ms).toBeLessThan(1_000);
});

test('a connection that is slow, and not lost, counts as it is', async () => {
  const { report, connections, requests } = await behind((_, pass) => void setTimeout(pass, 2_200), 2);
  expect(troubles(report)).toEqual([]);
  expect([connections, requests]).toEqual([2, 1]);
  expect(report.observations.connections?.map(({ tries }) => tries)).toEqual([1]);
});
