import { setTimeout as sleep } from 'node:timers/promises';
import { Till } from '@amis-shop/shop-client';
import type { PracticeShop } from './practice-shop.ts';
import { type Article, amount, PRICE_LIST, positions } from './price-list.ts';
import { Register } from './register.ts';
import type { Screen } from './screen.ts';

/** How long the shop may take to get everything once the line is back. */
const DRAIN_MS = 60_000;

/**
 * Two days of a register with faults on the line, which is pulled over night. Nobody has to type.
 * @returns whether the shop has booked each sale, and each once
 */
export async function runScript(sales: number, practice: PracticeShop, screen: Screen): Promise<boolean> {
  const baskets = Array.from({ length: sales }, (_, i) => basketOf(i));
  const third = Math.ceil(sales / 3);

  let till = await Till.open(practice.options);
  let register = new Register(till, screen);
  for (const basket of baskets.slice(0, third)) await register.sell(basket);
  await practice.unplug();
  screen.print('The line is unplugged; the register goes on.');
  for (const basket of baskets.slice(third, 2 * third)) await register.sell(basket);
  await register.close(AbortSignal.timeout(5_000));

  screen.print('The next day begins, with the line still down.');
  till = await Till.open(practice.options);
  register = new Register(till, screen);
  for (const basket of baskets.slice(2 * third)) await register.sell(basket);
  await practice.plug();
  screen.print('The line is back.');
  const signal = AbortSignal.timeout(DRAIN_MS);
  while ((await till.flush({ signal })).queued > 0) await sleep(100, undefined, { signal });
  const proof = await till.verify();
  await register.close(signal);

  const { posts, booked, repeated } = practice.books();
  screen.print(`recorded ${proof.recorded}, accepted ${proof.accepted}, the outbox agrees: ${proof.ok}`);
  screen.print(`the shop: ${posts} posts, ${booked} booked, ${repeated} repeats recognised`);
  const once = proof.ok && booked === sales && booksAre(practice, expected(baskets));
  screen.print(once ? `Each of the ${sales} sales is in the books once.` : 'THE BOOKS ARE WRONG.');
  return once;
}

function basketOf(i: number): Article[] {
  return PRICE_LIST.filter((_, n) => (i + 1) % (n + 2) === 0 || n === i % PRICE_LIST.length);
}

/** Item, pieces and turnover, as the books have them. */
function expected(baskets: readonly (readonly Article[])[]): string[] {
  return positions(baskets.flat()).map(({ article, pieces, cents }) =>
    [`s-${article.number.padStart(5, '0')}`, pieces, amount(cents)].join(' '),
  );
}

function booksAre(practice: PracticeShop, wanted: readonly string[]): boolean {
  const items = practice.books().shops[0]?.items ?? [];
  const lines = items.map(({ item, gross_number, gross_turnover }) =>
    [item, gross_number, gross_turnover].join(' '),
  );
  return lines.sort().join('\n') === [...wanted].sort().join('\n');
}
