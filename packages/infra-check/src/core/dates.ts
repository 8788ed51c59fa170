import type { CertificateFacts } from './observations.ts';

const DAY_MS = 86_400_000;

/** Whole days, rounded down: "0 days" is less than one. */
export const days = (ms: number): number => Math.floor(ms / DAY_MS);

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
