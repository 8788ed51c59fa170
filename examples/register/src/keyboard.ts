import type { ReadStream } from 'node:tty';
import type { PracticeShop } from './practice-shop.ts';
import { type Article, amount, PRICE_LIST } from './price-list.ts';
import type { Register } from './register.ts';
import type { Screen } from './screen.ts';

const CTRL_C = '\x03';
const CTRL_D = '\x04';

export function help(practice: PracticeShop | undefined): string {
  const articles = PRICE_LIST.map(({ key, name, cents }) => `${key} ${name} ${amount(cents)}`).join(', ');
  const line = practice ? ', u unplug or plug the line' : '';
  return `${articles}; Enter takes the money, c clears${line}, q ends the day.`;
}

/** Sells what is typed, a key an article; the same keys come from a pipe. Resolves when the day ends. */
export async function sellByKeyboard(
  { register, screen, practice }: { register: Register; screen: Screen; practice: PracticeShop | undefined },
  input: ReadStream | NodeJS.ReadStream,
): Promise<void> {
  if (input.isTTY) input.setRawMode(true);
  let basket: Article[] = [];
  try {
    for await (const text of input.setEncoding('utf8')) {
      for (const key of text as string) {
        const article = PRICE_LIST.find((one) => one.key === key);
        if (article) {
          basket.push(article);
          screen.print(`  + ${article.name} ${amount(article.cents)}`);
        } else if (key === '\r' || key === '\n') {
          if (basket.length > 0 && (await register.sell(basket))) basket = [];
        } else if (key === 'c') {
          basket = [];
        } else if (key === 'u' && practice) {
          await (practice.plugged() ? practice.unplug() : practice.plug());
          screen.print(practice.plugged() ? 'The line is plugged in.' : 'The line is unplugged.');
        } else if (['q', CTRL_C, CTRL_D].includes(key)) return;
      }
    }
  } finally {
    if (input.isTTY) input.setRawMode(false);
    input.pause();
  }
}
