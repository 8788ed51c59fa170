import { CliError } from '../cli-error.ts';

const AGE = /^(\d{1,5})\s?(h|d|w)$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/;
const HOUR_MS = 3_600_000;
const UNIT_MS = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };

/** `90d` is an age, which depends on the clock being right; a date does not. */
export const isAge = (text: string): boolean => AGE.test(text);

/**
 * The moment that a person means by `90d` (so long ago), by a date (its begin here) or by a time.
 * @returns milliseconds since 1970
 * @throws {CliError}
 */
export function pointInTime(text: string, now: number, flag: string): number {
  const [, count, unit] = AGE.exec(text) ?? [];
  if (unit !== undefined) return now - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  const at = DATE.test(text)
    ? Date.parse(`${text}T00:00`)
    : MOMENT.test(text)
      ? Date.parse(text)
      : Number.NaN;
  if (!Number.isNaN(at) && isRealDay(text)) return at;
  throw new CliError(
    'usage',
    `${flag} must be an age such as 90d (also h and w), a date such as 2026-08-31, or a time such as 2026-08-31T06:00.`,
    'Correct it.',
  );
}

/** `Date.parse()` takes February 30 for March 2. */
function isRealDay(text: string): boolean {
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day);
}
