import { OutboxError, type OutboxSale, type Till } from '@amis-shop/shop-client';
import { CliError } from '../cli-error.ts';
import { ID } from '../many/lines.ts';
import { saleWithNumber } from './pages.ts';

/** `number=3` and `id=3` say which of the two is meant: no id has an equals sign in it. */
const PREFIX = /^(number|id)=(.*)$/s;
const NUMBER = /^[1-9]\d{0,14}$/;

/**
 * The sale that a person names as the receipt does: by its id, or by its number on this till.
 * @throws {CliError} where the word can be neither, or names one sale by its number and another by its id
 * @throws {OutboxError} `sale_unknown`
 */
function whichSale(till: Till<unknown>, word: string): OutboxSale {
  const [, kind, given = word] = PREFIX.exec(word) ?? [];
  if (kind !== 'number' && !ID.test(given)) throw noId();
  if (kind === 'number' && !NUMBER.test(given)) throw noNumber();
  const byId = kind === 'number' ? undefined : till.find(given);
  const byNumber = kind === 'id' || !NUMBER.test(given) ? undefined : saleWithNumber(till, Number(given));
  if (byId && byNumber && byId.seq !== byNumber.seq) throw ambiguous(given, byId, byNumber);
  const sale = byId ?? byNumber;
  if (sale === undefined) throw unknown(till, given, kind);
  return sale;
}

/** Each of them once, in the order in which they are named. @throws as whichSale(), before anything is done to one */
export function whichSales(till: Till<unknown>, words: readonly string[] = []): OutboxSale[] {
  if (words.length === 0) {
    throw new CliError(
      'usage',
      'No sale is named.',
      'Give the number of the sale or its id; shop-send outbox rejected lists those that the shop rejected.',
    );
  }
  return [...new Map(words.map((word) => whichSale(till, word)).map((sale) => [sale.seq, sale])).values()];
}

const noId = (): CliError =>
  new CliError(
    'usage',
    'A sale is named by its number, or by its id of 1 to 128 letters, digits and . _ : -.',
    'Take either from shop-send outbox list.',
  );

const noNumber = (): CliError =>
  new CliError('usage', 'The number of a sale is 1 or more.', 'Take it from shop-send outbox list.');

const ambiguous = (word: string, byId: OutboxSale, byNumber: OutboxSale): CliError =>
  new CliError(
    'usage',
    `${word} is the id of sale number ${byId.seq} and the number of the sale with the id ${byNumber.saleId}.`,
    `Write id=${word} or number=${word}.`,
  );

function unknown(till: Till<unknown>, word: string, kind: string | undefined): OutboxError {
  const isNumber = kind !== 'id' && NUMBER.test(word);
  const hint = 'Check it, and whether it is the right outbox; shop-send outbox list lists the sales.';
  if (!isNumber) return new OutboxError('sale_unknown', `The outbox holds no sale ${word}.`, { hint });
  const what = kind === 'number' ? `number ${word}` : `with the number or the id ${word}`;
  const { recorded } = till.status();
  return new OutboxError('sale_unknown', `The outbox holds no sale ${what}; sales recorded: ${recorded}.`, {
    hint,
  });
}
