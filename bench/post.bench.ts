import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ShopClient } from '@amis-shop/shop-client';
import got from 'got';
import { importShopKey } from '../packages/shop-client/src/core/shop-key.ts';
import { compareRates, print } from './lib/ratio.ts';

/** Posting one sealed message after another to a server that says "OK" at once: got as it comes, fetch, and ours. */

const server = createServer((request, response) => {
  request.resume().once('end', () => response.end('"OK"'));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop`;

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = importShopKey(publicKey.export({ format: 'der', type: 'spki' }), 'key', 0);
if (key === undefined) throw new Error('not a key of the shop');
const publicKeys = { current: async () => key, refresh: async () => key };
const client = new ShopClient({ shopId: 'AMIS1', url, keyCacheDir: false }, { publicKeys });
const sealed = await client.seal({
  sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }],
});
const body = sealed.messages[0]?.body ?? '';
const headers = { 'content-type': 'application/json' };
const bare = got.extend({ retry: { limit: 0 }, headers });

try {
  print(
    await compareRates({
      title: 'Post one message after another',
      contenders: [
        { name: 'limit: got with got.extend()', run: () => bare.post(url, { body }) },
        { name: 'fetch', run: async () => (await fetch(url, { method: 'POST', body, headers })).text() },
        { name: 'ShopClient.post()', run: () => client.post(sealed), aim: 0.95 },
      ],
    }),
  );
} finally {
  server.close();
  server.closeAllConnections();
}
