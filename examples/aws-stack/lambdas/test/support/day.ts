import type { Sale } from '@amis-shop/shop-client';
import { deviceRow } from '../../src/common/registry-rows.ts';
import type { Random } from './random.ts';
import type { ShopAtAws } from './shop.ts';
import { asIn2020, sealed, signingTill } from './tills.ts';

export interface Day {
  sales: Sale[];
  /** Every message of the day, once. */
  bodies: string[];
}

/** So many messages of all kinds of tills: of 2020, version 1, its parts, version 2 without and with a signature. */
export async function dayOf(shop: ShopAtAws, messages: number, random: Random): Promise<Day> {
  const { key, entry } = await shop.publicKey('alias/KeyL-AMIS1');
  const till = await signingTill('till-07', { kid: entry.kid, publicKey: key });
  await shop.register(deviceRow('AMIS1', till.device, till.thumbprint));
  const day: Day = { sales: [], bodies: [] };
  const keep = (sale: Sale, ...bodies: string[]) => {
    day.sales.push(sale);
    day.bodies.push(...bodies);
  };
  for (let seq = 0; day.bodies.length < messages; ) {
    const kind = random.between(1, 10);
    const sale = saleOf(kind === 1 ? 3 : random.between(1, 2), random);
    if (kind === 1 && messages - day.bodies.length >= 2) keep(sale, ...(await sealed(sale, { protocol: 1 })));
    else if (kind <= 3) keep(sale, asIn2020(JSON.stringify(sale), key));
    else if (kind <= 6) keep(sale, ...(await sealed(sale, { protocol: 2 })));
    else if (kind <= 8) keep(sale, await till.seal(sale, { seq: ++seq }));
    else keep(sale, ...(await sealed(sale)));
  }
  return day;
}

/** Short enough for version 1, so that three lines take two parts. */
const saleOf = (lines: number, random: Random): Sale => ({
  sales: Array.from({ length: lines }, () => ({
    item_no: `${random.between(1, 300)}`,
    gross_number: `${random.between(1, 9)}${random.next() < 0.2 ? `.${random.between(0, 999)}` : ''}`,
    gross_turnover: `${random.next() < 0.1 ? '-' : ''}${random.between(0, 99)}.${random.between(10, 99)}`,
  })),
});
