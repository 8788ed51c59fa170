import {
  constants,
  createCipheriv,
  createSecretKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
  webcrypto,
} from 'node:crypto';
import { type PublicKeys, ShopClient } from '@amis-shop/shop-client';
import { CompactEncrypt } from 'jose';
import { importShopKey } from '../packages/shop-client/src/core/shop-key.ts';
import { compareRates, print } from './lib/ratio.ts';

/** Sealing one sale for an RSA_2048 key: what node:crypto needs for it, what others reach, and ours with validation. */

const sale = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };
const plaintext = Buffer.from(JSON.stringify(sale));
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const header = {
  alg: 'RSA-OAEP-256',
  enc: 'A256GCM',
  typ: 'amis-sale+jwe',
  iss: 'AMIS1',
  jti: 'x'.repeat(36),
};

const wrap = (secret: Uint8Array) =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, secret);

const key = importShopKey(publicKey.export({ format: 'der', type: 'spki' }), 'key', 0);
if (key === undefined) throw new Error('not a key of the shop');
const publicKeys: PublicKeys = { current: async () => key, refresh: async () => key };
const client = (protocol: 1 | 2) =>
  new ShopClient(
    { shopId: 'AMIS1', url: 'https://api.retsema.eu/shop', keyCacheDir: false, protocol },
    { publicKeys },
  );
const version1 = client(1);
const version2 = client(2);

const imported = await webcrypto.subtle.importKey(
  'jwk',
  publicKey.export({ format: 'jwk' }),
  { name: 'RSA-OAEP', hash: 'SHA-256' },
  false,
  ['encrypt'],
);

print(
  await compareRates({
    title: 'Seal a sale, RSA_2048',
    contenders: [
      { name: 'limit: RSA-OAEP + AES-256-GCM of node:crypto', run: nodeCrypto },
      { name: 'RSA-OAEP of node:crypto alone', run: () => wrap(plaintext) },
      { name: 'jose, compact JWE', run: jose },
      { name: 'WebCrypto, RSA-OAEP + AES-256-GCM', run: webCrypto },
      { name: 'ShopClient.seal(), version 1', run: () => version1.seal(sale), aim: 0.95 },
      { name: 'ShopClient.seal(), version 2', run: () => version2.seal(sale), aim: 0.85 },
    ],
  }),
);

function nodeCrypto() {
  const secret = randomBytes(44);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(secret.subarray(0, 32)), secret.subarray(32));
  return [wrap(secret.subarray(0, 32)), cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
}

function jose() {
  return new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(publicKey);
}

async function webCrypto() {
  const { subtle } = webcrypto;
  const secret = randomBytes(44);
  const name = 'AES-GCM';
  const contentKey = await subtle.importKey('raw', secret.subarray(0, 32), { name }, false, ['encrypt']);
  return Promise.all([
    subtle.encrypt({ name, iv: secret.subarray(32) }, contentKey, plaintext),
    subtle.encrypt({ name: 'RSA-OAEP' }, imported, secret.subarray(0, 32)),
  ]);
}
