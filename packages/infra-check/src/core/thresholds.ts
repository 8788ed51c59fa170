import { CheckInputError } from './check-error.ts';
import { spanText } from './dates.ts';
import type { Threshold } from './expectations.ts';
import { printable } from './text.ts';

/**
 * A share alone would want a year of a certificate of ten, days alone more of one of six days than it ever has. The caps are
 * what the shares are of 198 days, as ACM issues them: longer ones are renewed no earlier.
 */
export const DEFAULT_THRESHOLDS = { warn: '20%,40d', critical: '10%,20d' } as const;

const DAY_MS = 86_400_000;
const NUMBER = String.raw`(\d{1,4}(?:\.\d{1,3})?)`;
const PERCENT = new RegExp(`^${NUMBER} ?%$`);
const DAYS = new RegExp(`^${NUMBER} ?(?:d|days)?$`);

/** `30`, `30d`, `20%` or `20%,30d`. @throws {CheckInputError} */
export function parseThreshold(text: string, option: 'warn' | 'critical'): Threshold {
  const parts = text.split(',').map((part) => part.trim());
  const [first = '', second] = parts;
  const percent = PERCENT.exec(first)?.[1];
  const days = DAYS.exec(percent === undefined ? first : (second ?? ''))?.[1];
  const expected = [percent, days].filter((one) => one !== undefined).length;
  if (parts.length === expected && Number(percent ?? 0) <= 100)
    return { percent: numberOr(percent), days: numberOr(days) };
  throw new CheckInputError(
    (spell) => `The value "${printable(text)}" of ${spell(option)} is neither days nor a percentage.`,
    'Write days such as 30, a share of the lifetime such as 20%, or both for whichever is less, such as 20%,30d.',
  );
}

const numberOr = (text: string | undefined): number | null => (text === undefined ? null : Number(text));

/** Whether one asks for less than the other, in the unit that both have, whatever the lifetime. */
export const isBelow = (one: Threshold, other: Threshold): boolean =>
  (['percent', 'days'] as const).some((unit) => {
    const [low, high] = [one[unit], other[unit]];
    return low !== null && high !== null && low < high;
  });

/** In milliseconds, for a certificate that lives so long. */
export const thresholdMs = ({ percent, days }: Threshold, lifetimeMs: number): number =>
  Math.min(
    percent === null ? Number.POSITIVE_INFINITY : (lifetimeMs * percent) / 100,
    days === null ? Number.POSITIVE_INFINITY : days * DAY_MS,
  );

/** `20 days (10 % of 3650 days, at most 20 days)` */
export function thresholdText({ percent, days }: Threshold, lifetimeMs: number): string {
  const limit = amountText(thresholdMs({ percent, days }, lifetimeMs));
  if (percent === null) return limit;
  const share = `${percent} % of ${spanText(lifetimeMs)}`;
  return `${limit} (${days === null ? share : `${share}, at most ${days} days`})`;
}

/** A tenth of a day is told, so that 39 days left are seen to be less than 39.6. */
const amountText = (ms: number): string =>
  ms < 2 * DAY_MS ? spanText(ms) : `${Math.round((ms / DAY_MS) * 10) / 10} days`;
