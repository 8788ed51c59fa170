import type { DeviceEntry, KeyEntry, ShopEntry } from '@amis-shop/shop-client/receiver';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Row = Record<string, AttributeValue>;

/** The row that makes a shop known, with what it demands. */
const SHOP_ROW = 'shop';

export const shopRow = (shopId: string, requireSignature: boolean): Row => ({
  ...at(shopId, SHOP_ROW),
  require_signature: { BOOL: requireSignature },
});

/** @param since ISO 8601 in UTC; the latest key is the current one, which is tried first */
export const keyRow = (shopId: string, { kid, keyId }: KeyEntry, since: string): Row => ({
  ...at(shopId, `key#${kid}`),
  key_arn: { S: keyId },
  since: { S: since },
});

export const deviceRow = (shopId: string, { tillId, jwk }: DeviceEntry, kid: string): Row => ({
  ...at(shopId, `device#${tillId}#${kid}`),
  jwk: { S: JSON.stringify(jwk) },
});

export const at = (shopId: string, entry: string) => ({ shop_id: { S: shopId }, entry: { S: entry } });

/** @throws {SyntaxError | TypeError} where a row cannot be read: a fault of the registry, never of the message */
export function toShop(rows: readonly Row[]): ShopEntry | undefined {
  const shop = rows.find(({ entry }) => entry?.S === SHOP_ROW);
  if (shop === undefined) return;
  const requireSignature = shop['require_signature']?.BOOL;
  if (requireSignature === undefined) throw new TypeError('require_signature must be a boolean');
  return {
    requireSignature,
    keys: rowsOf(rows, 'key')
      .toSorted((a, b) => compare(text(b.row, 'since'), text(a.row, 'since')))
      .map(({ rest, row }) => ({ kid: rest, keyId: text(row, 'key_arn') })),
    devices: rowsOf(rows, 'device').map(({ rest, row }) => ({
      tillId: rest.slice(0, rest.lastIndexOf('#')),
      jwk: JSON.parse(text(row, 'jwk')),
    })),
  };
}

const rowsOf = (rows: readonly Row[], kind: string) =>
  rows
    .map((row) => ({ row, entry: text(row, 'entry') }))
    .filter(({ entry }) => entry.startsWith(`${kind}#`))
    .map(({ row, entry }) => ({ row, rest: entry.slice(kind.length + 1) }));

const text = (row: Row, name: string): string => row[name]?.S ?? '';

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
