import type { ControlEvidence } from './control-evidence.ts';
import type { AcmFacts } from './control-plane.ts';
import { days, dayText } from './dates.ts';
import { type Finding, finding } from './finding.ts';
import { printable } from './text.ts';
import { thresholdMs } from './thresholds.ts';

const DAY_MS = 86_400_000;

/**
 * From how many days before the end ACM tries to renew: 60 for the certificates of up to 395 days, 45 for those of 198
 * days that it issues since February 2026, and for shorter ones a quarter of the lifetime.
 */
function renewalWindowMs(lifetimeMs: number): number {
  const lifetime = lifetimeMs / DAY_MS;
  if (lifetime > 300) return 60 * DAY_MS;
  return lifetime > 150 ? 45 * DAY_MS : lifetimeMs / 4;
}

/** Whether ACM will renew, and whether it has where it should have. */
export function judgeRenewal(certificate: AcmFacts, { plan, now }: ControlEvidence): Finding {
  const check = 'control-plane.renewal';
  const { type, renewal, renewal_eligibility, not_before, not_after, in_use_by } = certificate;
  const end = Date.parse(not_after ?? '');
  const lifetime = end - Date.parse(not_before ?? '');
  const left = end - now;
  const until = Number.isNaN(end)
    ? 'with no end that ACM tells'
    : `until ${dayText(not_after ?? '')} (${days(left)} days)`;
  const observed = printable(
    [type, renewal_eligibility, renewal && `renewal ${renewal.status}`, renewal?.reason, until]
      .filter(Boolean)
      .join(', '),
  );
  const evidence = { observed, expected: 'AMAZON_ISSUED, ELIGIBLE, renewed in time' };
  const windowMs = renewalWindowMs(lifetime);
  const isDue = left < windowMs;
  const isLate = left < thresholdMs(plan.critical, lifetime);
  if (type === 'IMPORTED') {
    const status = isDue ? 'warning' : 'ok';
    const summary = `The certificate was imported, so that ACM never renews it: it is valid ${until}.`;
    return finding(check, status, summary, { ...evidence, expected: 'a new import in time' });
  }
  if (renewal?.status === 'FAILED') {
    return finding(
      check,
      'critical',
      `The renewal failed: ${printable(renewal.reason ?? 'ACM gives no reason')}.`,
      { ...evidence, fix: REASONS[renewal.reason ?? ''] },
    );
  }
  if (renewal?.status === 'PENDING_VALIDATION') {
    return finding(
      check,
      isLate ? 'critical' : 'warning',
      'The renewal waits for a validation that ACM does not see.',
      {
        ...evidence,
        fix:
          REASONS[renewal.reason ?? ''] ??
          'Put the validation CNAME records in place (control-plane.validation names them).',
      },
    );
  }
  const isRenewed = renewal?.status === 'SUCCESS' && Date.parse(renewal.updated_at ?? '') >= end - windowMs;
  if (isDue && !isRenewed) {
    const state = renewal?.status === 'PENDING_AUTO_RENEWAL' ? 'under way' : 'not begun';
    return finding(
      check,
      isLate ? 'critical' : 'warning',
      `The renewal is due and ${state}: the certificate is valid ${until}.`,
      evidence,
    );
  }
  if (renewal_eligibility === 'INELIGIBLE') {
    const why = in_use_by.length === 0 ? ': nothing uses it' : '';
    return finding(check, 'warning', `ACM will not renew the certificate${why}.`, evidence);
  }
  return finding(check, 'ok', `ACM renews the certificate by itself; it is valid ${until}.`, evidence);
}

const REASONS: Partial<Record<string, string>> = {
  CAA_ERROR: 'Let Amazon issue in the CAA records of the name, with issuewild for a wildcard (dns.caa).',
  DOMAIN_NOT_ALLOWED: 'Look whether the name stands on a list of unsafe names, and ask AWS Support.',
  DOMAIN_VALIDATION_DENIED: 'Put the validation CNAME records in place, and look at DNSSEC (dns.dnssec).',
  ADDITIONAL_VERIFICATION_REQUIRED: 'Ask AWS Support: Amazon wants to know more about the name.',
  NO_AVAILABLE_CONTACTS: 'Request a certificate that is validated by DNS in the place of e-mail.',
};
