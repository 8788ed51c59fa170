import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuthSettings } from '@amis-shop/shop-client';
import { generateDeviceKey, publicDeviceKey } from '@amis-shop/shop-client';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createAuthority,
  DEMANDS,
  type Demand,
  issueCertificate,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../src/index.ts';
import { ask, oneLine, seal } from './support/client.ts';
import { rsaKey } from './support/keys.ts';
import { clientOf, everyProof, outboxFile, tillOf } from './support/till.ts';

let sandbox: Sandbox;

const start = async (demands: readonly Demand[], options: SandboxOptions = {}): Promise<void> => {
  sandbox = await startSandbox({ keys: { AMIS1: rsaKey }, demands, ...options });
};

afterEach(() => sandbox.close());

type Proofs = (all: ReturnType<typeof everyProof>) => AuthSettings | undefined;

const certificate: Proofs = ({ cert, key }) => ({ cert, key });
const signature: Proofs = ({ sigV4 }) => ({ sigV4 });
const apiKey: Proofs = ({ apiKey }) => ({ apiKey });

describe('a till that proves what is demanded is let in, with all that API Gateway combines', () => {
  test.each<[Demand[], Proofs]>([
    [['client-certificate'], certificate],
    [['sigv4'], signature],
    [['api-key'], apiKey],
    [['client-certificate', 'api-key'], (all) => ({ ...certificate(all), ...apiKey(all) })],
    [['sigv4', 'api-key'], (all) => ({ ...signature(all), ...apiKey(all) })],
    [['client-certificate', 'sigv4'], (all) => ({ ...certificate(all), ...signature(all) })],
    [['client-certificate', 'sigv4', 'api-key'], (all) => all],
    [['api-key'], (all) => all],
  ])('%j', async (demands, proofs) => {
    await start(demands);
    const shop = clientOf(sandbox, { auth: proofs(everyProof(sandbox)) });
    for (const protocol of [1, 2] as const) {
      const client =
        protocol === 1 ? shop : clientOf(sandbox, { auth: proofs(everyProof(sandbox)), protocol });
      await expect(client.send(oneLine())).resolves.toMatchObject({
        status: 'accepted',
        protocol,
        attempts: 1,
      });
    }
    expect(sandbox.books()).toMatchObject({ booked: 2, poison: 0 });
  });
});

function stranger(): AuthSettings {
  const request = { names: [], commonName: 'till-07', usage: 'clientAuth' } as const;
  const { cert, key } = issueCertificate(createAuthority('another CA'), request);
  return { cert, key };
}

describe('one that proves less is refused by name, before the shop sees its sale', () => {
  const ended = () => {
    const notAfter = new Date(Date.now() - 86_400_000);
    const { authority } = sandbox.admission as NonNullable<Sandbox['admission']>;
    const { cert, key } = issueCertificate(authority, {
      names: [],
      commonName: 'x',
      usage: 'clientAuth',
      notAfter,
    });
    return { cert, key };
  };
  const other = { accessKeyId: 'sandbox', secretAccessKey: 'wrong' };
  test.each<[Demand, string, Proofs, string, string]>([
    ['client-certificate', 'a certificate of another authority', stranger, 'forbidden', 'truststore'],
    ['client-certificate', 'a certificate that has ended', ended, 'forbidden', 'truststore'],
    ['sigv4', 'nothing', () => undefined, 'no_such_route', '--sigv4'],
    [
      'sigv4',
      'another secret',
      () => ({ sigV4: { credentials: other } }),
      'credentials_refused',
      'AWS credentials',
    ],
    [
      'sigv4',
      'an unknown access key',
      () => ({ sigV4: { credentials: { accessKeyId: 'AKIDX', secretAccessKey: 'x' } } }),
      'credentials_refused',
      'AWS credentials',
    ],
    [
      'sigv4',
      'a signature for another region',
      ({ sigV4 }) => ({ sigV4: { ...(sigV4 as object), region: 'us-east-1' } }),
      'credentials_refused',
      'region',
    ],
    [
      'sigv4',
      'a signature for another service',
      ({ sigV4 }) => ({ sigV4: { ...(sigV4 as object), service: 'kms' } }),
      'credentials_refused',
      'AWS credentials',
    ],
    [
      'sigv4',
      'the token of a session that is not known',
      () => ({ sigV4: { credentials: { ...other, secretAccessKey: 'sandbox', sessionToken: 'gone' } } }),
      'credentials_refused',
      'AWS credentials',
    ],
    ['api-key', 'nothing', () => undefined, 'forbidden', '--api-key-file'],
    ['api-key', 'another key', () => ({ apiKey: 'another' }), 'forbidden', 'usage plan'],
  ])('%s: %s', async (demand, _, proofs, code, hint) => {
    await start([demand]);
    const sent = clientOf(sandbox, { auth: proofs(everyProof(sandbox)) }).send(oneLine());
    await expect(sent).rejects.toMatchObject({ code, outcome: 'held', hint: expect.stringContaining(hint) });
    expect(sandbox.books().posts).toBe(0);
  });

  test('without a certificate the connection ends, and the sentence says what may be wanted', async () => {
    await start(['client-certificate']);
    const sent = clientOf(sandbox).send(oneLine());
    await expect(sent).rejects.toMatchObject({ retryable: true, hint: expect.stringContaining('--cert') });
    await expect(ask(sandbox, { body: await seal(sandbox) })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(sandbox.books().posts).toBe(0);
  });

  test('a gateway that says in the handshake that it wants a certificate is understood', async () => {
    await start([]);
    await sandbox.break(['gateway-client-certificate']);
    const sent = clientOf(sandbox).send(oneLine());
    await expect(sent).rejects.toMatchObject({ code: 'unauthorized', outcome: 'held' });
  });
});

describe('a till that is refused keeps its sales, tells why, and delivers them once it is let in', () => {
  test.each<[Demand, Proofs, string]>([
    ['client-certificate', stranger, 'forbidden'],
    [
      'sigv4',
      () => ({ sigV4: { credentials: { accessKeyId: 'sandbox', secretAccessKey: 'no' } } }),
      'credentials_refused',
    ],
    ['api-key', () => ({ apiKey: 'no' }), 'forbidden'],
  ])('%s', async (demand, proofs, code) => {
    await start([demand]);
    const file = outboxFile();
    const till = await tillOf(sandbox, file, { auth: proofs(everyProof(sandbox)) });
    const held = once(till, 'held');
    const { saleId } = await till.record(oneLine());
    expect(await held).toMatchObject([{ code, hint: expect.stringMatching(/\.$/) }]);
    expect(till.status()).toMatchObject({ recorded: 1, queued: 1, accepted: 0, rejected: 0, held: { code } });
    await till.close();

    const mended = await tillOf(sandbox, file, { auth: everyProof(sandbox) });
    await mended.flush();
    expect(await mended.accepted(saleId)).toMatchObject({ status: 'accepted', saleId });
    expect(sandbox.books()).toMatchObject({ posts: 1, booked: 1 });
  });
});

describe('a shop that demands signed sales', () => {
  const deviceKey = generateDeviceKey();
  const devices = [{ tillId: 'till-07', jwk: publicDeviceKey(deviceKey).jwk }];
  const begin = () => start(['signature'], { shops: { AMIS1: { devices } } });

  test('books one that the registered key of its till signed', async () => {
    await begin();
    await clientOf(sandbox, { tillId: 'till-07', deviceKey }).send(oneLine());
    expect(sandbox.books()).toMatchObject({
      booked: 1,
      poison: 0,
      recent: [{ till_id: 'till-07', signed: true }],
    });
  });

  test.each([
    ["another till's key", { tillId: 'till-07', deviceKey: generateDeviceKey() }, 'signature'],
    ['the right key under the name of another till', { tillId: 'till-08', deviceKey }, 'signature'],
    ['no signature', { tillId: 'till-07', protocol: 2 as const }, 'signature'],
    ['no signature, in version 1', {}, 'signature'],
  ])('books none with %s', async (_, options, code) => {
    await begin();
    await clientOf(sandbox, options).send(oneLine());
    expect(sandbox.books()).toMatchObject({ booked: 0, poison: 1 });
    expect(Object.keys(sandbox.books().poison_reasons)).toEqual([expect.stringContaining(code)]);
  });
});

test('a method that demands a signature answers as ever on a path that is not there', async () => {
  await start(['sigv4', 'api-key']);
  const answer = await ask(sandbox, { url: sandbox.url.replace('/shop', '/nowhere') });
  expect(answer.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
});

test('the README lists every demand as the code knows it', async () => {
  await start([]);
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  for (const [name, { demanded, refused }] of Object.entries(DEMANDS)) {
    expect(readme).toContain(`| \`${name}\` | ${demanded} | ${refused} |\n`);
  }
});

test('an unknown demand is refused by its name', async () => {
  await start([]);
  const demands = ['apikey'] as unknown as Demand[];
  await expect(startSandbox({ demands })).rejects.toThrow(
    `Unknown demand "apikey"; known are ${Object.keys(DEMANDS).join(', ')}.`,
  );
});
