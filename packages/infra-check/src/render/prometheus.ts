import manifest from '../../package.json' with { type: 'json' };
import { phasesOf } from '../core/phases.ts';
import type { Report } from '../core/report.ts';
import type { Status } from '../core/status.ts';
import { findingInfo } from './finding-info.ts';
import type { Renderer, SeveralRenderer } from './formats.ts';
import { exposition, type Metric, type Sample } from './metrics.ts';

/** The text format of Prometheus; every metric that could be seen is there, whatever is broken. */
export const prometheus: Renderer = (report, options) => prometheusOfSeveral([report], options);

/** Each metric once, as the format demands, with the samples of all reports. */
export const prometheusOfSeveral: SeveralRenderer = (reports, { labels = () => ({}) }) => {
  const families = new Map<string, Metric>();
  for (const report of reports) {
    for (const metric of metricsOf(report)) {
      const own = metric.samples.map((one) => ({ ...one, labels: { ...labels(report), ...one.labels } }));
      families.set(metric.name, {
        ...metric,
        samples: [...(families.get(metric.name)?.samples ?? []), ...own],
      });
    }
  }
  return exposition([...families.values()]);
};

const CODES: Record<Status, number> = { ok: 0, warning: 1, critical: 2, unknown: 3, skipped: Number.NaN };

const only = (value: number | null | undefined): Sample[] => [{ labels: {}, value: value ?? Number.NaN }];

const timestamp = (iso: string | null): number => (iso === null ? Number.NaN : Date.parse(iso) / 1000);

/** All metrics of one run. */
const metricsOf = (report: Report): Metric[] => [
  ...probeMetrics(report),
  ...dnsMetrics(report),
  ...certificateMetrics(report),
  ...gatewayMetrics(report),
];

const probeMetrics = ({
  status,
  path_status: path,
  risk_status: risk,
  started_at: startedAt,
  duration_ms: duration,
  findings,
  first_broken: broken,
  first_risk: firstRisk,
}: Report): Metric[] => [
  {
    name: 'probe_success',
    help: 'Whether tills can deliver now: 1 where the path is ok or impaired, 0 where it is broken or unknown.',
    samples: only(Number(path === 'ok' || path === 'warning')),
  },
  {
    name: 'infra_check_last_run_timestamp_seconds',
    help: 'When the run began, since 1970: in a file that others read, how old the rest is.',
    samples: only(timestamp(startedAt)),
  },
  {
    name: 'infra_check_build_info',
    help: 'The version that made the run, as labels; always 1.',
    samples: [{ labels: { version: manifest.version, node: process.versions.node }, value: 1 }],
  },
  { name: 'probe_duration_seconds', help: 'How long the whole run took.', samples: only(duration / 1000) },
  {
    name: 'infra_check_status',
    help: 'Path and risks in one, as the exit code: 0 ok, 1 warning, 2 critical, 3 unknown.',
    samples: only(CODES[status]),
  },
  {
    name: 'infra_check_path_status',
    help: 'Whether tills can deliver now: 0 ok, 1 impaired, 2 broken, 3 unknown.',
    samples: only(CODES[path]),
  },
  {
    name: 'infra_check_risk_status',
    help: 'What endangers delivery later: 0 nothing, 1 warning, 2 critical, 3 unknown.',
    samples: only(CODES[risk]),
  },
  {
    name: 'infra_check_finding_status',
    help: 'Each finding: 0 ok, 1 warning, 2 critical, 3 unknown; what was skipped is left out.',
    samples: findings.map(({ check, stage, status: one }) => ({
      labels: { stage, check },
      value: CODES[one],
    })),
  },
  findingInfo(findings),
  {
    name: 'infra_check_first_broken_info',
    help: 'The check at which the path ends now; absent while it is open.',
    samples: broken === null ? [] : [{ labels: { check: broken }, value: 1 }],
  },
  {
    name: 'infra_check_first_risk_info',
    help: 'The gravest check that endangers delivery later; absent where there is none.',
    samples: firstRisk === null ? [] : [{ labels: { check: firstRisk }, value: 1 }],
  },
];

const dnsMetrics = ({ observations: { dns } }: Report): Metric[] => {
  const answers = (dns?.resolvers ?? []).flatMap(({ resolver, a, aaaa }) =>
    [a, aaaa].map((answer) => ({ resolver, answer })),
  );
  const records = (resolver: string, type: string) =>
    answers
      .filter((one) => one.resolver === resolver && one.answer.type === type)
      .flatMap(({ answer }) => answer.answers.filter((record) => record.type === type));
  const series = (dns?.resolvers ?? []).flatMap(({ resolver }) =>
    ['A', 'AAAA'].map((type) => ({ labels: { resolver, type }, found: records(resolver, type) })),
  );
  return [
    {
      name: 'infra_check_dns_addresses',
      help: 'How many addresses a resolver gives.',
      samples: series.map(({ labels, found }) => ({ labels, value: found.length })),
    },
    {
      name: 'infra_check_dns_ttl_seconds',
      help: 'The shortest time to live among the addresses of a resolver.',
      samples: series.map(({ labels, found }) => ({
        labels,
        value: Math.min(...found.map(({ ttl }) => ttl ?? Number.NaN)),
      })),
    },
    {
      name: 'infra_check_dns_answer_duration_seconds',
      help: 'How long a resolver took to answer.',
      samples: answers.map(({ resolver, answer }) => ({
        labels: { resolver, type: answer.type },
        value: answer.duration_ms / 1000,
      })),
    },
  ];
};

const certificateMetrics = ({
  certificates,
  observations: { connections = [] },
  started_at: startedAt,
}: Report): Metric[] => {
  const ends = (chosen: 'leaf_not_after' | 'earliest_not_after' | 'verified_not_after'): Sample[] =>
    certificates.map(({ address, ...dates }) => ({ labels: { address }, value: timestamp(dates[chosen]) }));
  const now = timestamp(startedAt);
  const earliest = certificates.map(({ earliest_not_after: end }) => timestamp(end)).filter(Number.isFinite);
  return [
    {
      name: 'infra_check_connection_success',
      help: 'Whether a TLS handshake with the address was finished.',
      samples: connections.map(({ address, outcome }) => ({
        labels: { address },
        value: Number(outcome === 'established'),
      })),
    },
    {
      name: 'infra_check_certificate_not_before_timestamp_seconds',
      help: "When the server's certificate begins to be valid.",
      samples: certificates.map(({ address, leaf_not_before: start }) => ({
        labels: { address },
        value: timestamp(start),
      })),
    },
    {
      name: 'infra_check_certificate_not_after_timestamp_seconds',
      help: "When the server's certificate ends.",
      samples: ends('leaf_not_after'),
    },
    {
      name: 'infra_check_certificate_earliest_not_after_timestamp_seconds',
      help: 'When the first of all served certificates ends.',
      samples: ends('earliest_not_after'),
    },
    {
      name: 'infra_check_certificate_verified_not_after_timestamp_seconds',
      help: 'When the first certificate on the way to the trusted root ends; absent where none leads there.',
      samples: ends('verified_not_after'),
    },
    limitMetric('warning', certificates),
    limitMetric('critical', certificates),
    {
      name: 'infra_check_certificate_remaining_ratio',
      help: "The share of its lifetime that is left of the server's certificate.",
      samples: certificates.map(({ address, leaf_not_before: start, leaf_not_after: end }) => ({
        labels: { address },
        value: (timestamp(end) - now) / (timestamp(end) - timestamp(start)),
      })),
    },
    {
      name: 'infra_check_certificate_info',
      help: "The server's certificate, as labels.",
      samples: connections.flatMap(({ address, served_chain: [leaf] }) =>
        leaf
          ? [
              {
                labels: {
                  address,
                  subject: leaf.subject,
                  issuer: leaf.issuer,
                  serial: leaf.serial,
                  fingerprint_sha256: leaf.fingerprint,
                },
                value: 1,
              },
            ]
          : [],
      ),
    },
    {
      name: 'infra_check_tls_version_info',
      help: 'Version and cipher suite of the connection, as labels.',
      samples: connections.flatMap(({ address, protocol, cipher }) =>
        protocol ? [{ labels: { address, version: protocol, cipher: cipher ?? '' }, value: 1 }] : [],
      ),
    },
    {
      name: 'probe_ssl_earliest_cert_expiry',
      help: 'As blackbox_exporter calls the first end of all served certificates, in seconds since 1970.',
      samples: earliest.length > 0 ? only(Math.min(...earliest)) : [],
    },
  ];
};

/** An alert compares it with time(), and needs no limit of its own. */
const limitMetric = (severity: 'warning' | 'critical', certificates: Report['certificates']): Metric => ({
  name: `infra_check_certificate_${severity}_timestamp_seconds`,
  help: `From when on less is left than --${severity === 'warning' ? 'warn' : severity} wants: of the server's certificate (leaf), and of those above it that are verified (chain).`,
  samples: certificates.flatMap(({ address, ...dates }) =>
    (['leaf', 'chain'] as const).map((certificate) => ({
      labels: { address, certificate },
      value: timestamp(dates[`${certificate}_${severity}_from`]),
    })),
  ),
});

const gatewayMetrics = ({ observations }: Report): Metric[] => [
  {
    name: 'probe_http_status_code',
    help: 'The status of the answer to GET at the first address.',
    samples: only(observations.gateways?.[0]?.get?.status),
  },
  {
    name: 'infra_check_http_status_code',
    help: 'The status of the answer of each address, to GET and, with --post-probe, to POST.',
    samples: (observations.gateways ?? []).flatMap(({ address, get, post }) =>
      [get, post].flatMap((answer) =>
        answer ? [{ labels: { address, method: answer.method }, value: answer.status ?? Number.NaN }] : [],
      ),
    ),
  },
  {
    name: 'infra_check_phase_duration_seconds',
    help: 'How long each phase took: dns, connect, tls, first_byte, total.',
    samples: Object.entries(phasesOf(observations)).map(([phase, ms]) => ({
      labels: { phase },
      value: ms === null ? Number.NaN : ms / 1000,
    })),
  },
];
