import { normalName } from '../../core/names.ts';
import { cut } from '../../core/text.ts';

const LONGEST = 2_000;
const MOST = 500;

/** Text as it came, cut; null where there is none. */
export const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? cut(value, LONGEST) : null;

export const texts = (values: readonly unknown[] | undefined): string[] =>
  (values ?? []).slice(0, MOST).flatMap((value) => text(value) ?? []);

/** ISO 8601, UTC; null where it is no time. */
export const time = (value: Date | undefined): string | null =>
  value === undefined || Number.isNaN(value.getTime()) ? null : value.toISOString();

/** A name of DNS as we keep them; Route 53 writes `*` as `\052`. */
export const dnsName = (value: unknown): string => normalName((text(value) ?? '').replaceAll('\\052', '*'));
