import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { prepareSale } from '../../src/core/seal.ts';
import { importShopKey } from '../../src/core/shop-key.ts';
import { FakeKms, FakeShop, type FakeShopSettings } from '../../src/testing/index.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ALIAS = 'alias/KeyL-AMIS1';
const SALE = '{"sales":[{"item_no":"98","gross_number":"5","gross_turnover":"60.00"}]}';

const open = async (settings: FakeShopSettings = {}) => {
  const kms = await FakeKms.create({ keys: { [ALIAS]: privateKey } });
  return { kms, shop: new FakeShop({ kms, shops: { AMIS1: settings } }) };
};

const seal = async (kms: FakeKms, saleId: string, protocol: 1 | 2 = 2, json = SALE) => {
  const [current] = kms.keysOf(ALIAS);
  const spki = current?.publicKey.export({ type: 'spki', format: 'der' });
  const key = importShopKey(spki as Buffer, ALIAS, 0);
  if (key === undefined) throw new Error('no key');
  const envelope = { shopId: 'AMIS1', audience: 'https://api.shop.test', protocol };
  const prepared = await prepareSale(json, key, envelope);
  const { messages } = prepared.seal({ saleId, issuedAt: 1_795_000_000 });
  return messages[0]?.body ?? '';
};

test.each([1, 2] as const)(
  'a sale of version %i is booked once, however often it comes',
  async (protocol) => {
    const { kms, shop } = await open();
    const seen: string[] = [];
    shop.onBooked(({ saleId }) => seen.push(saleId));
    const body = await seal(kms, 'sale-1', protocol);
    const answers = await Promise.all(Array.from({ length: 5 }, () => shop.accept(body)));
    expect(answers).toEqual(Array(5).fill('accepted'));
    expect(shop).toMatchObject({ posts: 5, repeats: 4, poison: [] });
    expect(shop.booked).toMatchObject([
      { version: protocol, shopId: 'AMIS1', id: 'sale-1', sale: JSON.parse(SALE) },
    ]);
    expect(seen).toEqual([shop.booked[0]?.saleId]);
  },
);

test('a schema that fails is told, and answered as by a back end that fails', async () => {
  const { kms } = await open();
  const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: () => JSON.parse('soup') } };
  const shop = new FakeShop({ kms, shops: { AMIS1: {} }, schema });
  const warned = once(process, 'warning');
  expect(await shop.accept(await seal(kms, 'sale-1'))).toBe('status-500');
  const [warning] = await warned;
  expect(warning).toMatchObject({
    name: 'AmisShopWarning',
    code: 'AMIS_SHOP_CALLER_CODE',
    message: expect.stringMatching(/^The shop of the test failed \(its schema, or book\): .*soup/),
  });
  expect(shop).toMatchObject({ posts: 1, booked: [], poison: [] });
});

test('another sale under the id of one that was booked goes to a list of its own, and each answer says so', async () => {
  const { kms, shop } = await open();
  const seen: string[] = [];
  const stop = shop.onConflict(({ kind }) => seen.push(kind));
  await shop.accept(await seal(kms, 'sale-1'));
  await shop.accept(await seal(kms, 'sale-1'));
  const other = await seal(kms, 'sale-1', 2, SALE.replace('60.00', '70.00'));
  const told = { verdict: 'accepted', headers: { 'amis-sale-id-conflict': 'sale-1' } };
  expect(await shop.accept(other)).toEqual(told);
  expect(await shop.accept(other)).toEqual(told);
  stop();
  expect(shop).toMatchObject({ posts: 4, repeats: 1, poison: [] });
  expect(shop.booked).toMatchObject([{ sale: JSON.parse(SALE) }]);
  expect(shop.conflicts).toMatchObject([
    { kind: 'sale_id', firstSaleId: 'sale-1', sale: { sale: { sales: [{ gross_turnover: '70.00' }] } } },
  ]);
  expect(seen).toEqual(['sale_id']);
});

test('poison is told to those who listen', async () => {
  const { kms, shop } = await open();
  const seen: string[] = [];
  const stop = shop.onPoison(({ code }) => seen.push(code));
  const body = (await seal(kms, 'sale-1')).replace('AMIS1', 'AMIS2');
  await shop.accept(body);
  stop();
  await shop.accept(body);
  expect(seen).toEqual(['unknown_shop']);
  expect(shop.poison.map(({ code }) => code)).toEqual(['unknown_shop', 'unknown_shop']);
});

test('a ciphertext that lost its leading zero is opened by nobody', async () => {
  const { kms } = await open();
  const [{ keyId, publicKey } = { keyId: '', publicKey: privateKey }] = kms.keysOf(ALIAS);
  const options = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  let ciphertext = publicEncrypt(options, Buffer.from(SALE));
  while (ciphertext[0] !== 0) ciphertext = publicEncrypt(options, Buffer.from(SALE));
  await expect(kms.unwrap(keyId, ciphertext)).resolves.toEqual(Buffer.from(SALE));
  await expect(kms.unwrap(keyId, ciphertext.subarray(1))).rejects.toThrow(
    expect.objectContaining({ name: 'InvalidCiphertextException' }),
  );
});

test('who no longer listens is no longer told', async () => {
  const { kms, shop } = await open();
  const seen: string[] = [];
  const stop = shop.onBooked(({ saleId }) => seen.push(saleId));
  await shop.accept(await seal(kms, 'sale-1'));
  stop();
  await shop.accept(await seal(kms, 'sale-2'));
  expect(seen).toEqual(['sale-1']);
  expect(shop.booked.map(({ saleId }) => saleId)).toEqual(['sale-1', 'sale-2']);
});

test.each([
  ['no JSON', 'not_json'],
  ['{"shop_id":"AMIS1"}', 'malformed'],
  ['{"shop_id":"AMIS1","content_base64":"*"}', 'malformed'],
  [' '.repeat(300_000), 'too_large'],
])('what is no message is refused and filed nowhere', async (body) => {
  const { shop } = await open();
  expect(await shop.accept(body)).toBe('refused');
  expect(shop).toMatchObject({ posts: 1, booked: [], poison: [] });
});

test('a message that cannot be opened is accepted and filed as poison with its reason', async () => {
  const { kms, shop } = await open();
  const good = JSON.parse(await seal(kms, 'sale-1', 1));
  const bodies = [
    { ...good, content_base64: Buffer.alloc(256, 1).toString('base64') },
    { ...good, shop_id: 'NOWHERE' },
    { ...JSON.parse(await seal(kms, 'sale-2')), id: 'sale-3' },
  ].map((message) => JSON.stringify(message));
  for (const body of bodies) expect(await shop.accept(body)).toBe('accepted');
  expect(shop.poison).toEqual([
    { code: 'decrypt', body: bodies[0] },
    { code: 'unknown_shop', body: bodies[1] },
    { code: 'disagreement', body: bodies[2] },
  ]);
  expect(shop.booked).toEqual([]);
});

test('a shop that demands signatures books nothing unsigned', async () => {
  const { kms, shop } = await open({ requireSignature: true });
  await shop.accept(await seal(kms, 'sale-1'));
  expect(shop).toMatchObject({ booked: [], poison: [{ code: 'signature' }] });
});

test('a device key that is none is refused when the shop is made', async () => {
  const { privateKey: wrong } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const jwk = wrong.export({ format: 'jwk' });
  await expect(open({ devices: [{ tillId: 'till-07', jwk }] })).rejects.toThrow(TypeError);
});

test('what was sealed for the key that the alias named before is still booked', async () => {
  const { kms, shop } = await open();
  const early = await seal(kms, 'sale-1');
  kms.importKey(ALIAS, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  for (const body of [early, await seal(kms, 'sale-2')]) await shop.accept(body);
  expect(shop.booked.map(({ saleId }) => saleId)).toEqual(['sale-1', 'sale-2']);
  expect(new Set(shop.booked.map(({ kid }) => kid)).size).toBe(2);
});
