import type { CheckName } from './checks.ts';
import type { ControlEvidence, ControlJudge } from './control-evidence.ts';
import type { AcmFacts, AcmValidation, CnameSeen } from './control-plane.ts';
import { unseen } from './control-unseen.ts';
import { type Finding, finding } from './finding.ts';
import { domainOr } from './judge-control-domain.ts';
import { judgeRenewal } from './judge-control-renewal.ts';
import { nameMatches, sameName } from './names.ts';
import { listed, printable } from './text.ts';

/** The certificate as ACM holds it, against what is served and what DNS says. */
export const ACM_JUDGES = {
  'control-plane.certificate': judgeCertificate,
  'control-plane.renewal': (evidence) => withCertificate('control-plane.renewal', evidence, judgeRenewal),
  'control-plane.validation': (evidence) =>
    withCertificate('control-plane.validation', evidence, judgeValidation),
  'control-plane.served-certificate': (evidence) =>
    withCertificate('control-plane.served-certificate', evidence, judgeServed),
} satisfies Partial<Record<CheckName, ControlJudge>>;

function withCertificate(
  check: CheckName,
  evidence: ControlEvidence,
  judge: (certificate: AcmFacts, evidence: ControlEvidence) => Finding,
): Finding {
  const { certificate } = evidence.seen;
  if (certificate?.value) return judge(certificate.value, evidence);
  if (certificate === null || certificate.call.outcome === 'not_found') {
    return finding(check, 'skipped', 'No certificate of ACM was seen (control-plane.certificate).');
  }
  return unseen(check, certificate, 'The certificate in ACM');
}

function judgeCertificate({ seen, host }: ControlEvidence): Finding {
  const check = 'control-plane.certificate';
  const { certificate } = seen;
  if (certificate === null) {
    const domain = domainOr(check, seen);
    if ('check' in domain) return domain;
    return finding(check, 'critical', 'The custom domain name has no certificate of ACM.', {
      observed: 'none',
    });
  }
  if (certificate.call.outcome === 'not_found') {
    return finding(
      check,
      'critical',
      'ACM does not know the certificate that the custom domain name names.',
      { observed: printable(certificate.call.resource) },
    );
  }
  if (certificate.value === null) return unseen(check, certificate, 'The certificate in ACM');
  return judgeFacts(certificate.value, host);
}

function judgeFacts({ arn, status, names, in_use_by, failure_reason }: AcmFacts, host: string): Finding {
  const check = 'control-plane.certificate';
  const observed = printable(
    [status ?? 'no status', failure_reason, `for ${listed(names)}`].filter(Boolean).join(', '),
    400,
  );
  const evidence = { observed, expected: `ISSUED, for ${host}, in use` };
  if (status !== 'ISSUED') {
    const waits =
      status === 'PENDING_VALIDATION'
        ? { fix: 'Create the validation CNAME records of ACM (control-plane.validation names them).' }
        : {};
    return finding(check, 'critical', `The certificate in ACM is ${printable(status ?? 'of no status')}.`, {
      ...evidence,
      ...waits,
    });
  }
  if (!names.some((name) => nameMatches(name, host))) {
    return finding(check, 'critical', `The certificate in ACM does not cover ${host}.`, evidence);
  }
  if (in_use_by.length === 0) {
    return finding(
      check,
      'warning',
      'ACM sees no use of the certificate, and does not renew what is not in use.',
      {
        ...evidence,
        fix: 'Choose it in the custom domain name; after a change ACM needs some hours to see it.',
      },
    );
  }
  return finding(check, 'ok', `The certificate in ACM is issued and covers ${host}.`, {
    ...evidence,
    observed: `${observed}, in use: ${printable(arn)}`,
  });
}

interface RecordState {
  record: { name: string; target: string };
  state: 'present' | 'missing' | 'wrong' | 'unseen';
  observed: string;
}

function judgeValidation(certificate: AcmFacts, { seen }: ControlEvidence): Finding {
  const check = 'control-plane.validation';
  if (certificate.type !== 'AMAZON_ISSUED') {
    return finding(
      check,
      'skipped',
      `A certificate of type ${printable(certificate.type ?? '')} is not validated by ACM.`,
    );
  }
  const mailed = certificate.validation.find(({ method }) => method === 'EMAIL');
  const states = recordsOf(certificate.validation).map((record) =>
    stateOf(record, seen.validation_seen, seen.zone_contents),
  );
  const expected = listed(
    states.map(({ record }) => `${record.name} CNAME ${record.target}`),
    3,
  );
  const at = (wanted: RecordState['state']) => states.find(({ state }) => state === wanted);
  const broken = at('missing') ?? at('wrong');
  if (broken) {
    return finding(
      check,
      'critical',
      `The validation CNAME ${printable(broken.record.name)} is ${broken.state}: the next renewal fails.`,
      { observed: printable(broken.observed), expected: printable(`CNAME ${broken.record.target}`) },
    );
  }
  const hidden = at('unseen');
  if (hidden) {
    return finding(
      check,
      'unknown',
      `The validation CNAME ${printable(hidden.record.name)} could not be looked up.`,
      {
        observed: printable(hidden.observed),
        expected: printable(`CNAME ${hidden.record.target}`),
        fix: 'Look at the resolver (--resolver).',
      },
    );
  }
  if (mailed) {
    return finding(
      check,
      'warning',
      `${printable(mailed.domain)} is validated by e-mail: somebody must answer one for each renewal.`,
      { observed: 'EMAIL', expected: 'DNS', fix: 'Request a certificate that is validated by DNS.' },
    );
  }
  if (states.length === 0) return finding(check, 'skipped', 'ACM names no validation records.');
  return finding(check, 'ok', `All ${states.length} validation CNAME records are in DNS.`, {
    observed: printable(expected, 400),
    expected: printable(expected, 400),
  });
}

const recordsOf = (validation: readonly AcmValidation[]): { name: string; target: string }[] => [
  ...new Map(validation.flatMap(({ record }) => (record ? [[record.name, record] as const] : []))).values(),
];

/** DNS decides, for ACM looks there too; the hosted zone only where DNS gave no answer. */
function stateOf(
  record: RecordState['record'],
  cnames: readonly CnameSeen[],
  zones: ControlEvidence['seen']['zone_contents'],
): RecordState {
  const cname = cnames.find(({ name }) => sameName(name, record.name));
  if (cname && (cname.outcome === 'answer' || cname.outcome === 'nodata' || cname.outcome === 'nxdomain')) {
    if (cname.targets.length === 0) return { record, state: 'missing', observed: `${cname.outcome} in DNS` };
    const isRight = cname.targets.some((target) => sameName(target, record.target));
    return { record, state: isRight ? 'present' : 'wrong', observed: `CNAME ${listed(cname.targets)}` };
  }
  const sets = zones
    .flatMap(({ records }) => records.value ?? [])
    .filter(({ name, type }) => type === 'CNAME' && sameName(name, record.name));
  const isHosted = sets.some(({ values }) => values.some((value) => sameName(value, record.target)));
  return { record, state: isHosted ? 'present' : 'unseen', observed: cname?.outcome ?? 'not asked' };
}

const bareSerial = (serial: string): string => serial.replaceAll(':', '').toLowerCase().replace(/^0+/, '');

function judgeServed(certificate: AcmFacts, { connections, now }: ControlEvidence): Finding {
  const check = 'control-plane.served-certificate';
  const served = [
    ...new Set(connections.flatMap(({ served_chain: [leaf] }) => (leaf ? [bareSerial(leaf.serial)] : []))),
  ];
  const { serial, issued_at } = certificate;
  if (served.length === 0) return finding(check, 'skipped', 'No served certificate was seen from outside.');
  if (serial === null) return finding(check, 'skipped', 'ACM tells no serial number.');
  const wanted = bareSerial(serial);
  const evidence = { observed: `served: ${listed(served)}`, expected: printable(wanted) };
  const strangers = served.filter((one) => one !== wanted);
  if (strangers.length === 0)
    return finding(check, 'ok', 'The certificate of ACM is the one that is served.', evidence);
  const hours = issued_at === null ? Number.NaN : (now - Date.parse(issued_at)) / 3_600_000;
  if (hours >= 0 && hours < FRESH_HOURS) {
    return finding(
      check,
      'warning',
      `ACM's certificate is ${Math.floor(hours)} hours old, and the gateway does not serve it everywhere yet.`,
      { ...evidence, fix: 'Wait: after a renewal the gateway may take hours.' },
    );
  }
  return finding(
    check,
    'warning',
    'Another certificate is served than the one that ACM holds for this custom domain name.',
    evidence,
  );
}

/** How long a gateway may take to serve a renewed certificate before it is strange. */
const FRESH_HOURS = 24;
