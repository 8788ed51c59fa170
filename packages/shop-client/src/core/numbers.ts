/**
 * The numbers of a sale line as docs/protocol.md bounds them, for everybody on the way. Digits are counted as they are
 * written: leading zeros do not count, trailing zeros do. No arithmetic, so that no digit is ever changed.
 */

/** 15 digits and 6 decimals leave a sum room in the 38 digits that DynamoDB keeps (docs/decisions/0056). */
const MAX_SIGNIFICANT = 15;
export const MAX_DECIMALS = 6;

const DECIMAL = /^-?\d{1,32}(?:\.(\d+))?$/;
const ITEM_NO = /^\d{1,15}$/;

/** What is wrong with an article's number, as the end of a sentence; `undefined` for nothing. */
export const itemNoProblem = (text: string): string | undefined =>
  ITEM_NO.test(text) ? undefined : ITEM_NO_FORM;

export const ITEM_NO_FORM = 'must be 1 to 15 digits, such as "12345"';

/** What is wrong with a quantity or an amount; `example` is one that is right. */
export function decimalProblem(text: string, example: string): string | undefined {
  const found = DECIMAL.exec(text);
  if (found === null) return decimalForm(example) + reasonOf(text);
  const decimals = found[1]?.length ?? 0;
  if (decimals > MAX_DECIMALS) return `has ${decimals} decimals; at most ${MAX_DECIMALS} are allowed`;
  const digits = significantDigits(text);
  if (digits > MAX_SIGNIFICANT)
    return `has ${digits} significant digits; at most ${MAX_SIGNIFICANT} are allowed`;
  return;
}

export const decimalForm = (example: string): string => `must be a decimal string such as "${example}"`;

/** What people and programs write most often in place of a decimal string. */
function reasonOf(text: string): string {
  if (/^-?\d[\d.]*,\d+$/.test(text)) return ', with a decimal point, not a decimal comma';
  if (/^[-+]?[\d.]+e[-+]?\d+$/i.test(text)) return ', without an exponent';
  if (/^\+[\d.]+$/.test(text)) return ', without a plus sign';
  return '';
}

/** @param text a decimal string */
function significantDigits(text: string): number {
  if (text.length <= MAX_SIGNIFICANT) return 0;
  return text.replace(/[-.]/g, '').replace(/^0+/, '').length;
}

/** A decimal string in millionths, exact. */
export function millionths(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(MAX_DECIMALS, '0'));
}

export const decimalsOf = (text: string): number => text.split('.')[1]?.length ?? 0;
