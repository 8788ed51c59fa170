import { exportShopKey } from '@amis-shop/shop-client';
import { openKeyClient } from '../client.ts';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/**
 * `shop-send key export [shop-id]`: the public key that KMS names now, as a file for tills that have no AWS credentials. It is
 * asked of KMS and not of a copy; the one that is kept here stays as it is.
 * The JWK names its shop, so that it is not used for another.
 */
export const run: Run = async ({ settings, terminal, world: { signal } }) => {
  const client = await openKeyClient(settings, terminal, { keyCacheDir: false });
  const { shopId, keyAlias } = client.settings;
  const key = await client.publicKey({ refresh: true, signal });
  const { pem, jwk: bare } = exportShopKey(key);
  const jwk = { ...bare, shop_id: shopId };
  if (settings.values.json) {
    terminal.result([], { shop_id: shopId, key_alias: keyAlias, key_arn: key.keyId, kid: key.kid, pem, jwk });
  } else {
    terminal.text(settings.values.keyFormat === 'jwk' ? `${JSON.stringify(jwk)}\n` : pem);
  }
  return EXIT.accepted;
};
