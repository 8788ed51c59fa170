import { generateKeyPairSync } from 'node:crypto';
import { generateDeviceKey, publicDeviceKey } from '@amis-shop/shop-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registryReader } from '../src/decrypt/registry.ts';
import { shopAdmin } from './support/commands.ts';
import { layDown, type ShopAtAws } from './support/shop.ts';
import { startStandIn } from './support/stand-in/index.ts';

let shop: ShopAtAws;

beforeAll(async () => {
  shop = await layDown(await startStandIn());
});
afterAll(() => shop.close());

const admin = (args: string[], input = '') =>
  shopAdmin(args, { env: { REGISTRY_TABLE: shop.environment.REGISTRY_TABLE }, input });
const done = async (args: string[], input = '') =>
  expect(await admin(args, input)).toMatchObject({ code: 0, stderr: '' });
const shown = async (shopId: string) => JSON.parse((await admin(['shop', 'show', shopId])).stdout);

test('a shop, its keys and devices come into the registry and leave it', async () => {
  const { jwk, thumbprint } = publicDeviceKey(generateDeviceKey());
  const device = JSON.stringify({ tillId: 'till-07', jwk });
  await done(['shop', 'set', 'AMIS4', '--signature', 'demanded']);
  await done(['key', 'add', 'AMIS4', '--key', 'alias/KeyL-AMIS1']);
  await done(['key', 'add', 'AMIS4', '--key', 'alias/KeyL-AMIS2']);
  await done(['device', 'add', 'AMIS4'], device);
  const [one, two] = await Promise.all(
    ['alias/KeyL-AMIS1', 'alias/KeyL-AMIS2'].map((alias) => shop.publicKey(alias)),
  );
  expect(await shown('AMIS4')).toEqual({
    shop_id: 'AMIS4',
    requireSignature: true,
    keys: [two?.entry, one?.entry],
    devices: [{ tillId: 'till-07', jwk }],
  });
  await done(['key', 'add', 'AMIS4', '--key', 'alias/KeyL-AMIS1']);
  expect((await shown('AMIS4')).keys).toEqual([one?.entry, two?.entry]);
  await done(['key', 'remove', 'AMIS4', two?.entry.kid ?? '']);
  await done(['device', 'remove', 'AMIS4', 'till-07', thumbprint]);
  expect(await shown('AMIS4')).toMatchObject({ keys: [one?.entry], devices: [] });
});

describe('what cannot be done is told in one line, and changes nothing', () => {
  const privateJwk = () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const otherCurve = () =>
    generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });

  test.each([
    ['an unknown command', ['key', 'burn'], '', 2, 'There is no such command'],
    ['an unknown option', ['shop', 'show', 'AMIS1', '--colour'], '', 2, '--colour'],
    ['a missing shop', ['key', 'add'], '', 2, 'Usage: shop-admin key add <shop>'],
    ['a bad shop id', ['shop', 'set', 'A#1', '--signature', 'optional'], '', 2, 'A shop id has'],
    ['a demand left open', ['shop', 'set', 'AMIS1'], '', 2, '--signature'],
    ['a shop that is not there', ['key', 'add', 'AMIS9'], '', 2, 'has no shop AMIS9'],
    ['a key that is not there', ['key', 'remove', 'AMIS1', 'x'], '', 2, 'has no key#x of AMIS1'],
    ['a thumbprint like an option', ['key', 'remove', 'AMIS1', `-${'x'.repeat(42)}`], '', 2, 'has no key#-x'],
    ['a device that is not there', ['device', 'remove', 'AMIS1', 't', 'x'], '', 2, 'has no device#t#x'],
    [
      'a key that KMS does not have',
      ['key', 'add', 'AMIS1', '--key', 'alias/none'],
      '',
      1,
      'NotFoundException',
    ],
    ['an empty shop', ['shop', 'show', ''], '', 2, 'Usage: shop-admin shop show <shop>'],
    ['an empty key', ['key', 'add', 'AMIS1', '--key', ''], '', 2, '--key must not be empty'],
    [
      "another command's option",
      ['key', 'add', 'AMIS1', '--signature', 'demanded'],
      '',
      2,
      '--signature is no option of "key add"',
    ],
    ['a table that is not there', ['shop', 'show', 'AMIS1', '--table', 'none'], '', 2, 'no table "none"'],
    ['no file', ['device', 'add', 'AMIS1', '--file', 'none.json'], '', 2, '"none.json" cannot be read'],
    ['no device', ['device', 'add', 'AMIS1'], 'x', 2, 'not given as JSON'],
    [
      'a private key',
      ['device', 'add', 'AMIS1'],
      JSON.stringify({ tillId: 't', jwk: privateJwk() }),
      2,
      'stays at the till',
    ],
    [
      'another curve',
      ['device', 'add', 'AMIS1'],
      JSON.stringify({ tillId: 't', jwk: otherCurve() }),
      2,
      'P-256',
    ],
  ])('%s', async (_, args, input, code, sentence) => {
    const registered = registryReader(shop.environment.REGISTRY_TABLE);
    const before = await registered('AMIS1');
    const result = await admin(args, input);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(/^shop-admin: [^\n]+\n$/);
    expect(result.stderr).toContain(sentence);
    expect(await registered('AMIS1')).toEqual(before);
  });
});
