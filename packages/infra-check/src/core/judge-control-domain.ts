import type { CheckName } from './checks.ts';
import type { ControlEvidence, ControlJudge } from './control-evidence.ts';
import type { ControlPlaneObservation, DomainNameFacts } from './control-plane.ts';
import { isSurelyAbsent, unseen } from './control-unseen.ts';
import type { TlsVersion } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { listed, printable } from './text.ts';

/** The settings of the custom domain name itself. */
export const DOMAIN_JUDGES = {
  'control-plane.domain-name': judgeDomainName,
  'control-plane.endpoint': judgeEndpoint,
  'control-plane.tls-policy': judgePolicy,
  'control-plane.mutual-tls': judgeMutualTls,
} satisfies Partial<Record<CheckName, ControlJudge>>;

const THING = 'The custom domain name';

/** The facts, or the finding that says why they are missing. */
export function domainOr(check: CheckName, { domain }: ControlPlaneObservation): DomainNameFacts | Finding {
  if (domain?.value) return domain.value;
  if (domain === null) return finding(check, 'skipped', 'AWS cannot be asked (control-plane.access).');
  if (domain.call.outcome === 'not_found') {
    return finding(check, 'skipped', 'There is no such custom domain name (control-plane.domain-name).');
  }
  return unseen(check, domain, THING);
}

const isFinding = (one: DomainNameFacts | Finding): one is Finding => 'check' in one;

function judgeDomainName({ seen: { domain, region }, host }: ControlEvidence): Finding {
  const check = 'control-plane.domain-name';
  const expected = `${host}, AVAILABLE`;
  if (domain === null) return finding(check, 'skipped', 'AWS cannot be asked (control-plane.access).');
  if (domain.call.outcome === 'not_found') {
    return finding(
      check,
      'critical',
      `There is no custom domain name ${host} in ${region} of this account.`,
      { observed: 'none', expected },
    );
  }
  if (domain.value === null) return unseen(check, domain, THING);
  const { status, status_message } = domain.value;
  const observed = printable(
    [status ?? 'no status', status_message].filter((part) => part !== null).join(': '),
  );
  if (status === null || status === 'AVAILABLE') {
    return finding(check, 'ok', `The custom domain name ${host} is available in ${region}.`, {
      observed,
      expected,
    });
  }
  if (status === 'FAILED') {
    return finding(check, 'critical', `The custom domain name ${host} has failed.`, { observed, expected });
  }
  return finding(
    check,
    'warning',
    `The custom domain name ${host} is ${printable(status)}, and not available for changes.`,
    {
      observed,
      expected,
      fix: STATUS_FIXES[status] ?? 'Wait for the change to end; a domain name that is new answers only then.',
    },
  );
}

const STATUS_FIXES: Record<string, string> = {
  PENDING_CERTIFICATE_REIMPORT:
    'Import a certificate again that covers the names of the ownership verification certificate.',
  PENDING_OWNERSHIP_VERIFICATION:
    'Choose a public ACM certificate for the name as ownership verification certificate: mutual TLS with an imported or private one needs it.',
};

function judgeEndpoint({ seen }: ControlEvidence): Finding {
  const check = 'control-plane.endpoint';
  const domain = domainOr(check, seen);
  if (isFinding(domain)) return domain;
  const { endpoint_types, ip_address_type } = domain;
  const evidence = { observed: listed([...endpoint_types, ip_address_type ?? 'ipv4']), expected: 'REGIONAL' };
  if (endpoint_types.includes('PRIVATE')) {
    return finding(
      check,
      'critical',
      'The custom domain name is private: no till outside the VPC reaches it.',
      evidence,
    );
  }
  if (endpoint_types.includes('EDGE')) {
    return finding(
      check,
      'warning',
      'The custom domain name is edge-optimized: CloudFront stands before the gateway.',
      evidence,
    );
  }
  return finding(check, 'ok', 'The custom domain name has a regional endpoint.', evidence);
}

/** The lowest version that a security policy accepts. Source: API Gateway Developer Guide, Security policies. */
function lowestTls(policy: string): TlsVersion | undefined {
  if (policy === 'TLS_1_0') return 'TLSv1';
  if (policy === 'TLS_1_2') return 'TLSv1.2';
  if (/^SecurityPolicy_TLS13_(?:1_3_|2025_EDGE$)/.test(policy)) return 'TLSv1.3';
  return /^SecurityPolicy_TLS(?:13_1_2_|12_)/.test(policy) ? 'TLSv1.2' : undefined;
}

function judgePolicy({ seen, plan: { minTls } }: ControlEvidence): Finding {
  const check = 'control-plane.tls-policy';
  const domain = domainOr(check, seen);
  if (isFinding(domain)) return domain;
  const { security_policy, access_mode } = domain;
  const wanted = minTls ?? 'TLSv1.2';
  const lowest = security_policy === null ? undefined : lowestTls(security_policy);
  const observed = printable(
    [security_policy ?? 'none told', access_mode].filter((part) => part !== null).join(', '),
  );
  const evidence = { observed, expected: `${wanted} or newer` };
  if (lowest === undefined) {
    return finding(check, 'unknown', 'The security policy is one that this program does not know.', evidence);
  }
  if (lowest >= wanted)
    return finding(check, 'ok', `The security policy accepts ${lowest} and newer.`, evidence);
  const status = minTls === null ? 'warning' : 'critical';
  return finding(
    check,
    status,
    `The security policy accepts ${lowest === 'TLSv1' ? 'TLS 1.0' : lowest}.`,
    evidence,
  );
}

function judgeMutualTls({ seen }: ControlEvidence): Finding {
  const check = 'control-plane.mutual-tls';
  const domain = domainOr(check, seen);
  if (isFinding(domain)) return domain;
  const { mutual_tls } = domain;
  if (mutual_tls === null)
    return finding(check, 'ok', 'No client certificate is demanded.', { observed: 'off' });
  const observed = printable(mutual_tls.truststore);
  if (mutual_tls.warnings.length > 0) {
    return finding(
      check,
      'warning',
      `API Gateway warns of the truststore: ${printable(mutual_tls.warnings[0] ?? '')}.`,
      { observed: printable(mutual_tls.warnings.join('; ')), expected: 'no warnings' },
    );
  }
  if (seen.api?.value && !seen.api.value.default_endpoint_disabled) {
    return finding(
      check,
      'warning',
      "Mutual TLS is on, and the API's generated URL still works without it.",
      { observed: `${observed}, default endpoint enabled`, expected: 'default endpoint disabled' },
    );
  }
  const isSure = isSurelyAbsent(seen.api);
  return finding(
    check,
    'ok',
    `Tills need a client certificate${isSure ? ', and there is no way around' : ''}.`,
    { observed },
  );
}
