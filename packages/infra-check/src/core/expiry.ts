import { lifetimeOf, timesOf } from './dates.ts';
import type { Plan } from './expectations.ts';
import type { CertificateFacts } from './observations.ts';
import { thresholdMs } from './thresholds.ts';

export type Thresholds = Pick<Plan, 'warn' | 'critical'>;

/** From when on so little is left of a certificate that it is a warning, and critical: the one rule of findings, metrics and alerts. */
export interface Limits {
  /** Milliseconds since the epoch; NaN where the certificate has no readable end. */
  warnFrom: number;
  criticalFrom: number;
}

export function limitsOf(certificate: CertificateFacts, { warn, critical }: Thresholds): Limits {
  const { notAfter } = timesOf(certificate);
  const lifetime = lifetimeOf(certificate);
  return {
    warnFrom: notAfter - thresholdMs(warn, lifetime),
    criticalFrom: notAfter - thresholdMs(critical, lifetime),
  };
}

/** Which threshold has been passed; undefined where enough is left. */
export function passedLimit({ warnFrom, criticalFrom }: Limits, now: number): keyof Thresholds | undefined {
  if (now > criticalFrom) return 'critical';
  return now > warnFrom ? 'warn' : undefined;
}

/** The certificate that passes its limits first. */
export const nearestLimit = (
  certificates: readonly CertificateFacts[],
  thresholds: Thresholds,
): CertificateFacts =>
  certificates.reduce((first, one) =>
    limitsOf(one, thresholds).criticalFrom < limitsOf(first, thresholds).criticalFrom ? one : first,
  );
