import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ShopError, Till, type TillOptions } from '@amis-shop/shop-client';
import { help, sellByKeyboard } from './keyboard.ts';
import { openPracticeShop, type PracticeShop } from './practice-shop.ts';
import { Register } from './register.ts';
import { Screen } from './screen.ts';
import { runScript } from './script.ts';

const USAGE = `register --practice              a shop on this machine, with a bad line that you can pull
register --script [--sales 30]   the same with nobody at the keyboard; exit code 0 when each sale was booked once
register --outbox FILE           the shop of SHOP_SEND_URL (and SHOP_SEND_CA, SHOP_SEND_CONNECT)
         [--shop AMIS1] [--till till-07]`;

const { values } = parseArgs({
  options: {
    practice: { type: 'boolean', default: false },
    script: { type: 'boolean', default: false },
    sales: { type: 'string', default: '30' },
    outbox: { type: 'string', default: './outbox.db' },
    shop: { type: 'string', default: 'AMIS1' },
    till: { type: 'string', default: 'till-07' },
    help: { type: 'boolean', default: false },
  },
});
const screen = new Screen(process.stdout);

try {
  if (values.help) screen.print(USAGE);
  else if (values.script) await script(Number(values.sales));
  else if (values.practice) await practiceByKeyboard();
  else await byKeyboard(optionsFromEnvironment(), undefined);
} catch (error) {
  if (!(error instanceof ShopError)) throw error;
  screen.print(`The register cannot open: ${error.message} ${error.hint} (${error.code})`);
  process.exitCode = 1;
}

async function script(sales: number): Promise<void> {
  await using practice = await openPracticeShop();
  if (!(await runScript(sales, practice, screen))) process.exitCode = 1;
}

async function practiceByKeyboard(): Promise<void> {
  await using practice = await openPracticeShop();
  screen.print(`The shop's books: ${practice.pageUrl}`);
  await byKeyboard(practice.options, practice);
  const { booked, repeated } = practice.books();
  screen.print(`The shop has booked ${booked} sales and recognised ${repeated} repeats.`);
}

async function byKeyboard(options: TillOptions, practice: PracticeShop | undefined): Promise<void> {
  const till = await Till.open(options);
  const register = new Register(till, screen);
  screen.print(help(practice));
  await sellByKeyboard({ register, screen, practice }, process.stdin);
  await register.close(AbortSignal.timeout(5_000));
}

function optionsFromEnvironment(): TillOptions {
  const { SHOP_SEND_URL: url = '', SHOP_SEND_CA: ca, SHOP_SEND_CONNECT: connect } = process.env;
  return {
    shopId: values.shop,
    tillId: values.till,
    url,
    file: values.outbox,
    ...(ca && { ca: readFileSync(ca, 'utf8') }),
    ...(connect && { connect }),
  };
}
