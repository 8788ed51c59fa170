import { resolve } from 'node:path';
import { InvalidSaleError } from '@amis-shop/shop-client';
import { abortable } from './abortable.ts';
import { CliError } from './cli-error.ts';
import { isMissing, readFileText, readText } from './files.ts';
import { parseJson } from './json.ts';
import type { Terminal } from './terminal.ts';
import type { World } from './world.ts';

const DEFAULT_FILE = 'sales.txt';
const PATIENCE_MS = 3_000;

/** One sale: from the file that was named, from whoever feeds standard input, or from ./sales.txt. */
export async function readSale(file: string | undefined, world: World, terminal: Terminal): Promise<unknown> {
  if (file !== undefined && file !== '-') return saleFrom(await fromFile(file, world), file);
  if (file === '-' || world.stdinIsFed) {
    return saleFrom(await fromStandardInput(world, terminal), 'standard input');
  }
  return saleFrom(await fromDefaultFile(world), DEFAULT_FILE);
}

const fromFile = (file: string, { signal }: World): Promise<string> => readFileText(file, 'the file', signal);

async function fromStandardInput({ stdin, signal }: World, terminal: Terminal): Promise<string> {
  const waiting = setTimeout(
    () => terminal.warning('Waiting for the sale on standard input; --file names a file instead.'),
    PATIENCE_MS,
  );
  try {
    return await abortable(readText(stdin, 'standard input'), signal);
  } finally {
    clearTimeout(waiting);
  }
}

async function fromDefaultFile(world: World): Promise<string> {
  try {
    return await fromFile(resolve(world.cwd, DEFAULT_FILE), world);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new CliError(
      'usage',
      `There is no sale to send: no --file, nothing on standard input and no ${DEFAULT_FILE} here.`,
      'Name the file with --file, or pipe the sale in.',
    );
  }
}

function saleFrom(text: string, name: string): unknown {
  if (text.trim() === '') throw new InvalidSaleError(`There is no sale in ${name}: it is empty.`, HINT);
  const value = parseJson(text, ({ problem, line, column }) => {
    const lines = objectLines(text);
    if (lines > 1) return severalSales(`${lines} lines of JSON`, name, SEND_MANY);
    return new InvalidSaleError(`The sale in ${name} ${problem}: line ${line}, column ${column}.`, HINT);
  });
  if (Array.isArray(value) && value.length > 0 && value.every(isObject)) {
    throw severalSales(
      `a list of ${value.length}`,
      name,
      `Write one sale a line, without brackets and commas. ${SEND_MANY}`,
    );
  }
  return value;
}

const severalSales = (what: string, name: string, hint: string): InvalidSaleError =>
  new InvalidSaleError(`One sale is expected, and ${name} holds ${what}.`, hint);

/** How many lines there are, where each of them is an object of its own; else none. */
function objectLines(text: string): number {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.every(isObjectText) ? lines.length : 0;
}

function isObjectText(line: string): boolean {
  try {
    return isObject(JSON.parse(line));
  } catch {
    return false;
  }
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const SEND_MANY = 'Send many sales, one a line, with --many.';
const HINT = 'A sale is {"sales": [{"item_no": "12345", "gross_number": "5", "gross_turnover": "60.00"}]}.';
