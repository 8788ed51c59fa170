import { generateKeyPairSync } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { KeyError } from '@amis-shop/shop-client';
import { describe, expect, test } from 'vitest';
import { clientOf, openShop, SALE, temporaryFolder } from './support.ts';

const LARGE_SALE = {
  sales: Array.from({ length: 5 }, (_, i) => ({
    item_no: `${100 + i}`,
    gross_number: '1',
    gross_turnover: '9.90',
  })),
};

describe('sealing by KMS Encrypt', () => {
  test.each([
    ['version 1', SALE, 1],
    ['version 2, whose content key KMS wraps', LARGE_SALE, 2],
  ])('%s: a call for each message, and the shop books it', async (_, sale, protocol) => {
    const shop = await openShop();
    const client = clientOf(shop, { sealWith: 'kms' });
    await expect(client.send(sale)).resolves.toMatchObject({ protocol });
    await client.send(sale);
    expect(shop.kms.calls).toMatchObject({ GetPublicKey: 1, Encrypt: 2 });
    expect(shop.books()).toMatchObject({ booked: 2, poison: 0 });
  });

  test('an alias repointed meanwhile is noticed: nothing is sent, and the next try is for the new key', async () => {
    const shop = await openShop();
    const client = clientOf(shop, { sealWith: 'kms' });
    await client.send(SALE);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    shop.kms.importKey('alias/KeyL-AMIS1', privateKey);
    const before = (await client.publicKey()).kid;
    await expect(client.send(SALE)).rejects.toMatchObject({ code: 'key_unavailable', retryable: true });
    expect(shop.books().posts).toBe(1);
    await expect(client.send(SALE)).resolves.toMatchObject({ status: 'accepted' });
    expect((await client.publicKey()).kid).not.toBe(before);
  });

  test('a policy that denies it is told by name', async () => {
    const shop = await openShop();
    const client = clientOf(shop, { sealWith: 'kms' });
    await client.publicKey();
    shop.kms.failNext('AccessDeniedException');
    await expect(client.send(SALE)).rejects.toMatchObject({ code: 'key_access_denied' });
  });
});

describe('a till that has seen its key once', () => {
  test('sells while KMS is away, also after a restart', async () => {
    const shop = await openShop();
    const keyCacheDir = temporaryFolder();
    await clientOf(shop, { keyCacheDir }).send(SALE);
    shop.kms.failNext('KMSInternalException', 100);
    await expect(clientOf(shop, { keyCacheDir }).send(SALE)).resolves.toMatchObject({ status: 'accepted' });
    expect(readdirSync(keyCacheDir)).toHaveLength(1);
  });

  test('and one that has not says so by name, with nothing sent', async () => {
    const shop = await openShop();
    const client = clientOf(shop, {
      kms: { region: shop.region, endpoint: 'http://127.0.0.1:1', credentials: CREDENTIALS },
    });
    const error = await client.send(SALE).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KeyError);
    expect(error).toMatchObject({ code: 'key_unavailable', retryable: true });
    expect(shop.books().posts).toBe(0);
  });
});

test.each(['RSA_2048', 'RSA_3072', 'RSA_4096'] as const)(
  'a shop with a key of %s is served',
  async (keySpec) => {
    const shop = await openShop({ keySpec, keys: {} });
    const client = clientOf(shop);
    await expect(client.send(SALE)).resolves.toMatchObject({ protocol: 1 });
    await expect(client.send({ sales: [...LARGE_SALE.sales, ...LARGE_SALE.sales] })).resolves.toMatchObject({
      protocol: 2,
    });
    expect(shop.books()).toMatchObject({ booked: 2, poison: 0 });
  },
);

const CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
