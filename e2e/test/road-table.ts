import type { CheckName, Expectations, Status } from '@amis-shop/infra-check';
import type { Break } from '@amis-shop/sandbox';

/** What infra-check must say of a fault. */
export interface Row {
  /** The check that names the fault; null where none can see it from outside, for the reason in `says`. */
  readonly at: CheckName | null;
  readonly status: Exclude<Status, 'skipped'>;
  readonly says: RegExp;
  /** The check that says what stops tills now, where that is another one; null where nothing does: the fault is a risk. */
  readonly stops?: CheckName | null;
  readonly with?: Expectations;
}

/** Shorter where somebody keeps silent and the time must run out. */
const IMPATIENT = { timeoutMs: 3_000 };

/** One answer of API Gateway for several causes: see "What cannot be told from outside" in docs/infra-check.md. */
const FORBIDDEN = {
  at: 'gateway.mapping',
  status: 'critical',
  says: /Everything under this name is forbidden, as it is without an API mapping/,
} as const;
const NO_METHOD = { at: 'gateway.resource', status: 'critical', says: /knows no POST \/shop/ } as const;

/** Whoever refuses or keeps silent may be at fault himself, so the name is not known to be broken. */
const DNS: Readonly<Record<Extract<Break, `dns-${string}`>, Row>> = {
  'dns-nxdomain': { at: 'dns.resolve', status: 'critical', says: /does not exist \(NXDOMAIN\)/ },
  'dns-servfail': { at: 'dns.resolve', status: 'critical', says: /SERVFAIL/ },
  'dns-refused': { at: 'dns.resolve', status: 'unknown', says: /refuses to answer \(REFUSED\)/ },
  'dns-timeout': { at: 'dns.resolve', status: 'unknown', says: /does not answer/, with: IMPATIENT },
  'dns-lame': { at: 'dns.delegation', status: 'warning', says: /Lame delegation: ns2\..*REFUSED/ },
  'dns-wrong-address': {
    at: 'dns.alias',
    status: 'critical',
    says: /points elsewhere/,
    stops: 'certificate.connection',
  },
  'dns-mixed-address': {
    at: 'dns.alias',
    status: 'critical',
    says: /Foreign addresses.*: 127\.0\.0\.66\./,
    stops: null,
  },
  'dns-stage-url': {
    at: 'dns.stage-url',
    status: 'critical',
    says: /generated URL of an API/,
    stops: 'certificate.stage-url',
  },
  'dns-dangling': { at: 'dns.chain', status: 'critical', says: /d-\w+\.execute-api.*\(dangling\)/ },
  'dns-cname-loop': { at: 'dns.chain', status: 'critical', says: /in a circle/ },
  'dns-servers-disagree': {
    at: 'dns.authoritative',
    status: 'critical',
    says: /disagree: ns1.* and ns2/,
    stops: null,
  },
  'dns-truncated': { at: 'dns.resolve', status: 'ok', says: /3 addresses|2 addresses/ },
};

const RENEWAL: Readonly<Record<Extract<Break, `validation-${string}` | `caa-${string}`>, Row>> = {
  'validation-missing': { at: 'dns.validation', status: 'critical', says: /CNAME is missing/, stops: null },
  'validation-wrong': { at: 'dns.validation', status: 'critical', says: /CNAME is another one/, stops: null },
  'caa-forbids': { at: 'dns.caa', status: 'critical', says: /forbid Amazon to issue wildcards/, stops: null },
  'caa-wild-forbids': {
    at: 'dns.caa',
    status: 'critical',
    says: /forbid Amazon to issue wildcards/,
    stops: null,
  },
};

const CERTIFICATE: Readonly<Record<Extract<Break, `certificate-${string}` | 'tls-old'>, Row>> = {
  'certificate-expired': { at: 'certificate.expiry', status: 'critical', says: /has expired on/ },
  'certificate-not-yet-valid': { at: 'certificate.not-before', status: 'critical', says: /not valid before/ },
  'certificate-soon': { at: 'certificate.expiry', status: 'critical', says: /ends in 4 days/, stops: null },
  'certificate-wrong-name': { at: 'certificate.name', status: 'critical', says: /not for api\.shop\.test/ },
  'certificate-self-signed': { at: 'certificate.trust', status: 'critical', says: /self-signed/ },
  'certificate-incomplete': { at: 'certificate.chain', status: 'critical', says: /intermediate, is neither/ },
  'certificate-weak-key': { at: 'certificate.key', status: 'critical', says: /1024 bits/ },
  'certificate-weak-signature': { at: 'certificate.signature', status: 'critical', says: /SHA-1/ },
  'certificate-no-server-auth': { at: 'certificate.usage', status: 'critical', says: /not be used for TLS/ },
  'certificate-cn-only': {
    at: 'certificate.name',
    status: 'critical',
    says: /Node accepts and other clients refuse/,
    stops: null,
  },
  'certificate-differs': { at: 'certificate.same', status: 'warning', says: /different certificates/ },
  'tls-old': { at: 'certificate.connection', status: 'critical', says: /neither TLS 1\.2 nor 1\.3/ },
};

const GATEWAY: Readonly<Record<Extract<Break, `gateway-${string}`>, Row>> = {
  'gateway-unmapped': FORBIDDEN,
  'gateway-stage-in-path': FORBIDDEN,
  'gateway-disabled-endpoint': FORBIDDEN,
  'gateway-waf': FORBIDDEN,
  'gateway-wrong-stage': NO_METHOD,
  'gateway-wrong-path': NO_METHOD,
  'gateway-custom-404': NO_METHOD,
  'gateway-http-api': { at: 'gateway.resource', status: 'critical', says: /HTTP API has no route POST/ },
  'gateway-throttled': { at: 'gateway.access', status: 'critical', says: /throttles each of \d+ requests/ },
  'gateway-client-certificate': { at: 'gateway.answer', status: 'critical', says: /mutual TLS/ },
  'gateway-captive-portal': { at: 'gateway.api', status: 'critical', says: /captive portal/ },
  'gateway-silent': { at: 'gateway.answer', status: 'critical', says: /No answer came/, with: IMPATIENT },
  'gateway-endless-body': { at: 'gateway.answer', status: 'critical', says: /does not end/ },
};

const UNSEEN = { at: null, status: 'ok', says: /the keys are behind the gateway, in KMS/ } as const;

const KMS: Readonly<Record<Extract<Break, `kms-${string}`>, Row>> = {
  'kms-alias-gone': UNSEEN,
  'kms-disabled': UNSEEN,
};

/** One row for each fault that the sandbox can have. */
export const ROWS: Readonly<Record<Break, Row>> = { ...DNS, ...RENEWAL, ...CERTIFICATE, ...GATEWAY, ...KMS };

/** What only credentials show: `--aws --shop AMIS1`. */
export const BEHIND: Readonly<Record<keyof typeof KMS, Row>> = {
  'kms-alias-gone': {
    at: 'control-plane.key-alias',
    status: 'critical',
    says: /no key by alias\/KeyL-AMIS1/,
  },
  'kms-disabled': { at: 'control-plane.key-state', status: 'critical', says: /KeyL-AMIS1 is Disabled/ },
};
