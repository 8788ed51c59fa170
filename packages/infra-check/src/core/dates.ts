import type { CertificateFacts } from './observations.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SECOND_MS = 1_000;

/** Whole days, rounded down: "0 days" is less than one. */
export const days = (ms: number): number => Math.floor(ms / DAY_MS);

/** Whole days, below two days hours and below two hours minutes, rounded down: what is left is never told as more. */
export function spanText(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${days(ms)} days`;
  if (ms >= 2 * HOUR_MS) return `${Math.floor(ms / HOUR_MS)} hours`;
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

/** `39 of 198 days`, or with both units where they differ. */
export function partText(leftMs: number, wholeMs: number): string {
  const [left, whole] = [spanText(leftMs), spanText(wholeMs)];
  const [amount, unit] = left.split(' ');
  return `${unit !== undefined && whole.endsWith(unit) ? amount : left} of ${whole}`;
}

/** The day of an ISO time. */
export const dayText = (iso: string): string => iso.slice(0, 10);

/** Milliseconds since the epoch; NaN where the certificate's own time cannot be read. */
export const timesOf = ({
  not_before,
  not_after,
}: CertificateFacts): { notBefore: number; notAfter: number } => ({
  notBefore: Date.parse(not_before),
  notAfter: Date.parse(not_after),
});

/** Its first and its last second count (RFC 5280, 4.1.2.5). 0 where one of them cannot be read, so that no share of it is left. */
export function lifetimeOf(certificate: CertificateFacts): number {
  const { notBefore, notAfter } = timesOf(certificate);
  return Number.isNaN(notAfter - notBefore) ? 0 : notAfter - notBefore + SECOND_MS;
}

/** False where its dates cannot be read. */
export function isValidAt(one: CertificateFacts, now: number): boolean {
  const { notBefore, notAfter } = timesOf(one);
  return notBefore <= now && notAfter > now;
}
