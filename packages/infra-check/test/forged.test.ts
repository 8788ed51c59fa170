import dgram from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { CheckInputError, checkInfra } from '../src/index.ts';
import { a, startDns, zoneOf } from './support/dns-world.ts';
import { findingOf } from './support/find.ts';

const NAME = 'api.shop.test';

test('an answer from another port than the one that was asked is not taken', async () => {
  await using real = await startDns(zoneOf('shop.test', [a(NAME, '52.6.6.6')]));
  const [front, forger] = [dgram.createSocket('udp4'), dgram.createSocket('udp4')];
  front.bind(0, '127.0.0.1');
  await once(front, 'listening');
  let asker = 0;
  front.on('message', (query, from) => {
    asker = from.port;
    forger.send(query, real.port, '127.0.0.1');
  });
  forger.on('message', (answer) => forger.send(answer, asker, '127.0.0.1'));
  const { port } = front.address() as AddressInfo;
  const report = await checkInfra(NAME, {
    resolvers: [`127.0.0.1:${port}`],
    only: ['dns.resolve'],
    timeoutMs: 1_000,
  });
  front.close();
  forger.close();
  expect(asker).toBeGreaterThan(0);
  expect(findingOf(report, 'dns.resolve')).toMatchObject({ status: 'unknown', observed: 'timeout' });
});

test('each question has an id of its own', async () => {
  const ids = new Set<number>();
  await using server = await startDns((_, id) => {
    ids.add(id);
    return {};
  });
  await checkInfra(NAME, { resolvers: [server.at], only: ['dns'] });
  expect(server.asked.length).toBeGreaterThan(4);
  expect(ids.size).toBeGreaterThan(server.asked.length / 2);
});

test.each<[target: unknown, expectations: unknown, sentence: string]>([
  [42, {}, 'The target is not a string.'],
  [undefined, {}, 'The target is not a string.'],
  [new URL('https://api.shop.test'), {}, 'The target is not a string.'],
  [NAME, null, 'The expectations are not an object.'],
  [NAME, '/shop', 'The expectations are not an object.'],
  [NAME, [], 'The expectations are not an object.'],
])(
  'checkInfra(%j, %j), as programs without types call it, is refused in one sentence',
  async (target, expectations, sentence) => {
    const error = await checkInfra(target as string, expectations as object).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(CheckInputError);
    expect(error).toMatchObject({ message: sentence, code: 'invalid_input' });
  },
);

test.each([null, 42, { signal: 42 }, { signal: { aborted: false } }])(
  'a call whose options are %j is refused in one sentence',
  async (options) => {
    const error = await checkInfra(NAME, {}, options as object).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CheckInputError);
    expect(error).toMatchObject({ message: 'The options hold no AbortSignal as signal.' });
  },
);

test.each<[expectations: object, sentence: string]>([
  [{ resolver: ['1.1.1.1'] }, 'The expectation resolver is not known.'],
  [{ resolvers: [] }, 'The list resolvers is empty.'],
  [{ resolvers: '1.1.1.1' }, 'The expectation resolvers is not a list of strings.'],
  [{ authoritative: 'yes' }, 'The expectation authoritative is not a boolean.'],
  [{ timeoutMs: 0 }, 'The value 0 of timeoutMs is not a whole number from 1 to 600000.'],
  [{ warn: '10', critical: '300' }, 'The value "10" of warn is below "300" of critical.'],
  [{ warn: '20%,10d', critical: '10%,20d' }, 'The value "20%,10d" of warn is below "10%,20d" of critical.'],
  [{ warn: '20%,' }, 'The value "20%," of warn is neither days nor a percentage.'],
  [{ warn: '20,30%' }, 'The value "20,30%" of warn is neither days nor a percentage.'],
  [{ critical: '10%,5%' }, 'The value "10%,5%" of critical is neither days nor a percentage.'],
  [{ critical: '5,10' }, 'The value "5,10" of critical is neither days nor a percentage.'],
  [{ critical: '101%,5' }, 'The value "101%,5" of critical is neither days nor a percentage.'],
  [{ minTls: '1.0' }, 'The value "1.0" of minTls is not a version.'],
  [{ ca: '-----BEGIN CERTIFICATE-----\nMIIB' }, 'The authorities of ca are not whole certificates in PEM.'],
  [{ ca: 'no certificate' }, 'The authorities of ca are not whole certificates in PEM.'],
])('the expectations %j are refused', async (expectations, sentence) => {
  const error = await checkInfra(NAME, expectations).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CheckInputError);
  expect(error).toMatchObject({ message: sentence, code: 'invalid_input' });
});
