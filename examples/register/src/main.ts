import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ShopError, Till, type TillOptions } from '@amis-shop/shop-client';
import { help, sellByKeyboard } from './keyboard.ts';
import { watchNetwork } from './network-watch.ts';
import { openPracticeShop, type PracticeShop } from './practice-shop.ts';
import { Register } from './register.ts';
import { Screen } from './screen.ts';
import { runScript } from './script.ts';

class UsageError extends Error {}

const USAGE = `register --practice              a shop on this machine, with a bad line that you can pull
register --script [--sales 30]   the same with nobody at the keyboard; exit code 0 when each sale was booked once
register --outbox FILE           the shop of SHOP_SEND_URL (and SHOP_SEND_CA, SHOP_SEND_CONNECT)
         [--shop AMIS1] [--till till-07]`;

type Values = ReturnType<typeof parsed>;

const screen = new Screen(process.stdout);

try {
  await run(parsed());
} catch (error) {
  process.exitCode = tell(error);
}

function parsed() {
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
  if (!/^[1-9]\d{0,4}$/.test(values.sales)) throw new UsageError('--sales must be a number from 1 to 99999');
  return values;
}

async function run(values: Values): Promise<void> {
  if (values.help) screen.print(USAGE);
  else if (values.script) await script(Number(values.sales));
  else if (values.practice) await practiceByKeyboard();
  else await byKeyboard(optionsFromEnvironment(values), undefined);
}

/** @returns the exit code */
function tell(error: unknown): number {
  if (error instanceof ShopError) {
    screen.print(`The register stops: ${error.message} ${error.hint} (${error.code})`);
    return 1;
  }
  if (error instanceof UsageError || isOfParseArgs(error)) {
    screen.print(`${error.message}\n${USAGE}`);
    return 2;
  }
  throw error;
}

function isOfParseArgs(error: unknown): error is Error {
  return (
    error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')
  );
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
  using _ = watchNetwork(() => till.networkAvailable());
  const register = new Register(till, screen);
  screen.print(help(practice));
  await sellByKeyboard({ register, screen, practice }, process.stdin);
  await register.close(AbortSignal.timeout(5_000));
}

function optionsFromEnvironment(values: Values): TillOptions {
  const { SHOP_SEND_URL: url = '', SHOP_SEND_CA: ca, SHOP_SEND_CONNECT: connect } = process.env;
  return {
    shopId: values.shop,
    tillId: values.till,
    url,
    file: values.outbox,
    ...(ca && { ca: readAuthorities(ca) }),
    ...(connect && { connect }),
  };
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`SHOP_SEND_CA: ${(error as Error).message}`);
  }
}
