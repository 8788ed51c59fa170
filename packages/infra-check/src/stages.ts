import { CHECK_NAMES, type CheckName, stageOf } from './core/checks.ts';
import type { Plan } from './core/expectations.ts';
import { type Finding, finding } from './core/finding.ts';
import { judgeCertificate, wouldBeTrusted } from './core/judge-certificate.ts';
import { judgeControlPlane } from './core/judge-control.ts';
import { judgeDns } from './core/judge-dns.ts';
import { judgeGateway } from './core/judge-gateway.ts';
import type { Observations } from './core/observations.ts';
import type { Stage } from './core/status.ts';
import type { Target } from './core/target.ts';

/** All that a judge may look at. */
export interface Evidence {
  target: Target;
  plan: Plan;
  observations: Observations;
  /** PEM. */
  roots: readonly string[];
  /** Milliseconds since the epoch. */
  now: number;
}

/** Why a stage was not observed, in one sentence, and whether that is in order. */
type Absence = readonly [status: 'skipped' | 'unknown', summary: string];

interface RoadStage {
  stage: Stage;
  /** Undefined where the stage was not observed. */
  judge: (evidence: Evidence) => Finding[] | undefined;
  absence: (evidence: Evidence) => Absence;
}

function judgeName({ target, plan, observations: { dns, connections } }: Evidence): Finding[] | undefined {
  const names = connections?.flatMap(({ served_chain: [leaf] }) => leaf?.dns_names ?? []) ?? [];
  return dns && judgeDns(dns, target.host, plan, names);
}

const absentName = ({ target }: Evidence): Absence => [
  'skipped',
  target.isAddress ? 'The target is an address, which needs no DNS.' : 'DNS was not asked.',
];

const judgeConnections = ({ target, plan, observations, roots, now }: Evidence): Finding[] | undefined =>
  observations.connections &&
  judgeCertificate(
    {
      connections: observations.connections,
      tlsVersions: observations.tls_versions ?? [],
      roots,
      host: target.host,
      now,
    },
    plan,
  );

const judgeAnswers = ({ target, plan, observations: { gateway } }: Evidence): Finding[] | undefined =>
  gateway && judgeGateway(gateway, target.host, plan);

/** In order only where the check that knows the reason was asked for. */
function absentAnswers({ target, plan: { checks }, observations: { connections = [] } }: Evidence): Absence {
  const established = connections.filter(({ outcome }) => outcome === 'established');
  if (established.length === 0)
    return [isTold(checks, 'certificate.connection'), 'There is no connection to ask over.'];
  return established.some((one) => wouldBeTrusted(one, target.host))
    ? ['unknown', 'The gateway was not asked, though there is a connection to ask over.']
    : [
        isTold(checks, 'certificate.trust', 'certificate.name'),
        'A till would send nothing over a connection that does not verify: see the certificate.',
      ];
}

const isTold = (checks: ReadonlySet<CheckName>, ...by: readonly CheckName[]): Absence[0] =>
  by.every((check) => checks.has(check)) ? 'skipped' : 'unknown';

const judgeSettings = ({ target, plan, observations, now }: Evidence): Finding[] | undefined => {
  const { control_plane: seen, dns, connections = [] } = observations;
  return seen && judgeControlPlane({ seen, host: target.host, plan, dns, connections, now });
};

/** The stages in the order of the road. */
const ROAD: readonly RoadStage[] = [
  { stage: 'dns', judge: judgeName, absence: absentName },
  {
    stage: 'certificate',
    judge: judgeConnections,
    absence: () => ['skipped', 'There is no address to connect to.'],
  },
  { stage: 'gateway', judge: judgeAnswers, absence: absentAnswers },
  {
    stage: 'control-plane',
    judge: judgeSettings,
    absence: () => ['skipped', 'An address has no settings behind it: give the name.'],
  },
];

/**
 * The findings of all stages that the plan wants, in the order of the road. A stage that could not be observed is
 * `skipped`, and `unknown` where only the time was missing.
 */
export function judgeRoad(evidence: Evidence): Finding[] {
  const { plan } = evidence;
  const found = ROAD.filter(({ stage }) => plan.stages.has(stage)).flatMap(
    (road) => road.judge(evidence) ?? absent(road, evidence),
  );
  const byCheck = new Map(found.toReversed().map((one) => [one.check, one]));
  return CHECK_NAMES.flatMap((check) => (plan.checks.has(check) ? (byCheck.get(check) ?? []) : []));
}

function absent({ stage, absence }: RoadStage, evidence: Evidence): Finding[] {
  const isLate = evidence.observations.timed_out === true && stage !== 'dns';
  const [status, summary] = isLate
    ? (['unknown', 'The time for the whole run was up before this was reached.'] as const)
    : absence(evidence);
  return CHECK_NAMES.filter((check) => stageOf(check) === stage).map((check) =>
    finding(check, status, summary, { fix: undefined }),
  );
}
