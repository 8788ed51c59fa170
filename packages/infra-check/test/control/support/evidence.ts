import type { AwsAnswer, AwsCall, AwsOutcome } from '../../../src/core/aws-call.ts';
import type { ControlEvidence } from '../../../src/core/control-evidence.ts';
import type {
  AcmFacts,
  ControlPlaneObservation,
  DomainNameFacts,
  KeyFacts,
} from '../../../src/core/control-plane.ts';
import type { DnsAnswer, DnsObservation } from '../../../src/core/dns-observations.ts';
import type { Expectations } from '../../../src/core/expectations.ts';
import type { Finding } from '../../../src/core/finding.ts';
import { judgeControlPlane } from '../../../src/core/judge-control.ts';
import type { CertificateFacts, ConnectionObservation } from '../../../src/core/observations.ts';
import { planOf } from '../../../src/core/plan.ts';
import { parseTarget } from '../../../src/core/target.ts';
import { answerOf } from '../../support/observed-dns.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const DAY_MS = 86_400_000;
export const inDays = (days: number): string => new Date(NOW + days * DAY_MS).toISOString();

export const call = (outcome: AwsOutcome = 'answer', more: Partial<AwsCall> = {}): AwsCall => ({
  operation: 'Ask',
  permission: 'svc:Ask',
  resource: 'arn:thing',
  outcome,
  code: outcome === 'answer' ? null : 'SomeException',
  detail: null,
  request_id: null,
  truncated: false,
  duration_ms: 1,
  ...more,
});

export const answered = <T>(value: T, more: Partial<AwsCall> = {}): AwsAnswer<T> => ({
  call: call('answer', more),
  value,
});
export const failed = (outcome: AwsOutcome): AwsAnswer<never> => ({ call: call(outcome), value: null });

export const TARGET = 'd-abcdefghij.execute-api.eu-west-1.amazonaws.com';
const ZONE_ID = 'ZLY8HYME6SFDD';
export const NAME_SERVERS = ['ns-1.awsdns-01.com', 'ns-2.awsdns-02.net'];

export const DOMAIN: DomainNameFacts = {
  name: 'api.shop.test',
  arn: null,
  status: 'AVAILABLE',
  status_message: null,
  endpoint_types: ['REGIONAL'],
  ip_address_type: 'ipv4',
  security_policy: 'TLS_1_2',
  access_mode: null,
  certificate_arn: 'arn:aws:acm:eu-west-1:1:certificate/c',
  target_name: TARGET,
  target_zone_id: ZONE_ID,
  routing_mode: 'BASE_PATH_MAPPING_ONLY',
  mutual_tls: null,
};

export const CERTIFICATE: AcmFacts = {
  arn: 'arn:aws:acm:eu-west-1:1:certificate/c',
  status: 'ISSUED',
  type: 'AMAZON_ISSUED',
  names: ['*.shop.test'],
  serial: '0a:1b:2c',
  issued_at: inDays(-30),
  not_before: inDays(-30),
  not_after: inDays(168),
  in_use_by: ['arn:domain'],
  renewal_eligibility: 'ELIGIBLE',
  failure_reason: null,
  renewal: null,
  validation: [
    {
      domain: '*.shop.test',
      method: 'DNS',
      status: 'SUCCESS',
      record: { name: '_a1.shop.test', target: '_b2.acm-validations.aws' },
    },
  ],
};

export const KEY: KeyFacts = {
  arn: 'arn:key',
  state: 'Enabled',
  usage: 'ENCRYPT_DECRYPT',
  spec: 'RSA_2048',
  encryption_algorithms: ['RSAES_OAEP_SHA_256'],
  deletion_date: null,
};

export const ALIAS = {
  name: 'api.shop.test',
  type: 'A',
  set_identifier: null,
  values: [],
  alias: { target: TARGET, zone_id: ZONE_ID, evaluates_health: true },
};

const MAPPINGS = answered([{ base_path: '', api: '54dwcigu3a', stage: 'prod' }]);
const METHODS = [{ method: 'POST', path: '/shop', authorization: 'NONE', needs_api_key: false }];

export const ZONE = {
  id: 'Z1SHOP',
  name: 'shop.test',
  name_servers: answered(NAME_SERVERS),
  records: answered<ControlPlaneObservation['zone_contents'][number]['records']['value'] & object>([ALIAS]),
  test: answered({ rcode: 'NOERROR', data: ['198.51.100.7'], name_server: null }),
};

export const HEALTHY: ControlPlaneObservation = {
  region: 'eu-west-1',
  clock_offset_s: 0,
  access: call(),
  domain: answered(DOMAIN),
  api_mappings: MAPPINGS,
  base_path_mappings: MAPPINGS,
  routing_rules: null,
  api: answered({ id: '54dwcigu3a', kind: 'REST', name: 'shop', default_endpoint_disabled: false }),
  stage: answered({
    name: 'prod',
    deployment: 'd1',
    is_deployed_automatically: false,
    updated_at: null,
    web_acl: null,
  }),
  deployment: answered({ id: 'd1', created_at: inDays(-3), methods: METHODS }),
  methods: answered(METHODS),
  certificate: answered(CERTIFICATE),
  validation_seen: [{ name: '_a1.shop.test', outcome: 'answer', targets: ['_b2.acm-validations.aws'] }],
  zones: answered([{ id: 'Z1SHOP', name: 'shop.test', is_private: false }]),
  zone_contents: [ZONE],
  keys: [{ shop: 'AMIS1', alias: 'alias/KeyL-AMIS1', key: answered(KEY) }],
};

const dnsAnswer = (name: string, type: DnsAnswer['type'], data: readonly string[]): DnsAnswer =>
  answerOf(type, data, { name });

/** What DNS shows of the name: the servers of its zone and its addresses. */
export const dnsWith = (
  zone: string,
  servers: readonly string[],
  addresses: readonly string[] = ['198.51.100.7'],
): DnsObservation => ({
  resolvers: [
    {
      resolver: '192.0.2.53:53',
      looked_up: null,
      look_up_error: null,
      look_up_source: null,
      look_up_pending_ms: null,
      timeout_seconds: null,
      a: dnsAnswer('api.shop.test', 'A', addresses),
      aaaa: dnsAnswer('api.shop.test', 'AAAA', []),
      unchecked: null,
    },
  ],
  zone: {
    name: zone,
    soa: dnsAnswer(zone, 'SOA', []),
    ns: dnsAnswer(zone, 'NS', servers),
    delegation: dnsAnswer(zone, 'NS', servers),
    servers: [],
  },
  alias: null,
  validation: null,
  caa: [],
});

export const serving = (serial: string): ConnectionObservation =>
  ({ served_chain: [{ serial } as CertificateFacts] }) as ConnectionObservation;

/** The finding of one check over a shop in good order, but for the changes. */
export function judged(
  check: string,
  seen: Partial<ControlPlaneObservation> = {},
  {
    expectations = {},
    ...outside
  }: Partial<Omit<ControlEvidence, 'seen' | 'plan'>> & { expectations?: Expectations } = {},
): Finding {
  const host = outside.host ?? 'api.shop.test';
  const plan = planOf(parseTarget(host), { aws: true, shops: ['AMIS1'], stage: 'prod', ...expectations });
  const dns = 'dns' in outside ? outside.dns : dnsWith('shop.test', NAME_SERVERS);
  const evidence = {
    seen: { ...HEALTHY, ...seen },
    host,
    plan,
    dns,
    connections: outside.connections ?? [serving('0A1B2C')],
    now: NOW,
  };
  const found = judgeControlPlane(evidence).find((one) => one.check === `control-plane.${check}`);
  if (!found) throw new Error(`there is no finding ${check}`);
  return found;
}

export const everything = (): Finding[] =>
  judgeControlPlane({
    seen: HEALTHY,
    host: 'api.shop.test',
    plan: planOf(parseTarget('api.shop.test'), { aws: true, shops: ['AMIS1'], stage: 'prod' }),
    dns: dnsWith('shop.test', NAME_SERVERS),
    connections: [serving('0A1B2C')],
    now: NOW,
  });
