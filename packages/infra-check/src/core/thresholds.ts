import { CheckInputError } from './check-error.ts';
import { printable } from './text.ts';

/** How much must be left of a certificate: days, or a percentage of its whole lifetime. */
export interface Threshold {
  amount: number;
  unit: 'days' | 'percent';
}

const DAY_MS = 86_400_000;

/** `30`, `30d` or `20%`. @throws {CheckInputError} */
export function parseThreshold(text: string, option: string): Threshold {
  const [, amount, unit] = /^(\d{1,4}(?:\.\d{1,3})?) ?(d|days|%)?$/.exec(text.trim()) ?? [];
  const threshold = { amount: Number(amount), unit: unit === '%' ? ('percent' as const) : ('days' as const) };
  if (amount !== undefined && (threshold.unit === 'days' || threshold.amount <= 100)) return threshold;
  throw new CheckInputError(
    `The value "${printable(text)}" of ${option} is neither days nor a percentage.`,
    'Write days such as 30, or a share of the lifetime such as 20%.',
  );
}

/** In milliseconds, for a certificate that lives so long. */
export const thresholdMs = ({ amount, unit }: Threshold, lifetimeMs: number): number =>
  unit === 'days' ? amount * DAY_MS : (lifetimeMs * amount) / 100;

export const thresholdText = ({ amount, unit }: Threshold, lifetimeMs: number): string =>
  unit === 'days'
    ? `${amount} days`
    : `${amount} % of ${Math.round(lifetimeMs / DAY_MS)} days (${Math.round(thresholdMs({ amount, unit }, lifetimeMs) / DAY_MS)} days)`;
