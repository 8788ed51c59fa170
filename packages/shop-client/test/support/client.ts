import type { Ports } from '../../src/default-ports.ts';
import { type Sale, ShopClient, type ShopClientOptions } from '../../src/index.ts';
import { shopKey } from './vectors.ts';

export const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };

/** A client that has its key already and meets no network, but for the ports that a test gives it. */
export function offlineClient<Payload = Sale>(
  options: Partial<ShopClientOptions<Payload>> = {},
  { key = 'RSA_2048', ...ports }: Partial<Ports> & { key?: string } = {},
): ShopClient<Payload> {
  const publicKey = shopKey(key);
  return new ShopClient(
    { shopId: 'AMIS1', url: 'https://api.retsema.eu/shop', keyCacheDir: false, ...options },
    { publicKeys: { current: async () => publicKey, refresh: async () => publicKey }, ...ports },
  );
}

/** A sale of the shop whose JSON has exactly this many bytes. */
export function saleOfSize(bytes: number): Sale {
  const line = { item_no: '1', gross_number: '1', gross_turnover: '1' };
  const sale = { sales: [{ ...line }] };
  const size = () => JSON.stringify(sale).length;
  while (bytes - size() > 76 * sale.sales.length) sale.sales.push({ ...line });
  for (const entry of sale.sales) {
    const missing = bytes - size();
    entry.gross_turnover = padded(Math.min(31, missing));
  }
  for (const entry of sale.sales) entry.gross_number = padded(Math.min(31, bytes - size()));
  for (const entry of sale.sales) entry.item_no = '1'.repeat(1 + Math.min(14, bytes - size()));
  if (size() !== bytes) throw new Error(`cannot make a sale of ${bytes} bytes (${size()})`);
  return sale;
}

/** As many digits more than one, and no more significant ones. */
const padded = (more: number): string => '1'.padStart(1 + more, '0');
