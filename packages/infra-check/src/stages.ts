import { CHECK_NAMES, type CheckName, stageOf } from './core/checks.ts';
import { addressesOf } from './core/dns-facts.ts';
import { effectOf } from './core/effect.ts';
import type { Plan } from './core/expectations.ts';
import { faultText } from './core/fault.ts';
import { type Finding, finding } from './core/finding.ts';
import { judgeCertificate, wouldBeTrusted } from './core/judge-certificate.ts';
import { judgeControlPlane } from './core/judge-control.ts';
import { judgeDns } from './core/judge-dns.ts';
import { judgeGateways } from './core/judge-gateway.ts';
import { withProxyNamed } from './core/judge-proxy.ts';
import type { Observations, Sight } from './core/observations.ts';
import { isInOrder, type Stage } from './core/status.ts';
import type { Target } from './core/target.ts';

/** What is known before anybody looks. */
export interface Road {
  target: Target;
  plan: Plan;
  /** PEM. */
  roots: readonly string[];
  /** Milliseconds since the epoch. */
  now: number;
}

/** What there was to see in the end. */
interface Evidence extends Road {
  observations: Observations;
}

/** Why a stage was not observed, in one sentence, and whether that is in order. */
type Absence = readonly [status: 'skipped' | 'unknown', summary: string];

interface RoadStage {
  stage: Stage;
  /** Judges as soon as all that it looks at has been seen; undefined where the stage was not observed. */
  judge: (road: Road, sight: Sight) => Promise<Finding[] | undefined>;
  absence: (evidence: Evidence) => Absence;
}

async function judgeName({ target, plan }: Road, sight: Sight): Promise<Finding[] | undefined> {
  const [dns, connections = []] = await Promise.all([sight.dns, sight.connections]);
  const names = connections.flatMap(({ served_chain: [leaf] }) => leaf?.dns_names ?? []);
  const findings = dns && judgeDns(dns, target.host, plan, names);
  return findings && plan.proxy ? withProxyNamed(findings) : findings;
}

const absentName = ({ target }: Evidence): Absence => [
  'skipped',
  target.isAddress ? 'The target is an address, which needs no DNS.' : 'DNS was not asked.',
];

async function judgeConnections(road: Road, sight: Sight): Promise<Finding[] | undefined> {
  const { target, plan, roots, now } = road;
  const [connections, tlsVersions = [], keyTypes = []] = await Promise.all([
    sight.connections,
    sight.tls_versions,
    sight.key_types,
  ]);
  if (!connections) return;
  const mayHaveOthers = connections.length === 0 && plan.ipVersion !== null && plan.connect === null;
  const others = mayHaveOthers ? await addressesSeen(sight) : 0;
  const evidence = { connections, tlsVersions, keyTypes, roots, host: target.host, others, now };
  return judgeCertificate(evidence, plan);
}

const addressesSeen = async (sight: Sight): Promise<number> =>
  new Set((await sight.dns)?.resolvers.flatMap(addressesOf)).size;

async function judgeAnswers({ target, plan, now }: Road, sight: Sight): Promise<Finding[] | undefined> {
  const gateways = await sight.gateways;
  return gateways && judgeGateways(gateways, target.host, plan, now);
}

/** In order only where the check that knows the reason was asked for. */
function absentAnswers({ plan: { checks }, observations: { connections = [] } }: Evidence): Absence {
  const established = connections.filter(({ outcome }) => outcome === 'established');
  if (established.length === 0)
    return [isTold(checks, 'certificate.connection'), 'There is no connection to ask over.'];
  return established.some(wouldBeTrusted)
    ? ['unknown', 'The gateway was not asked, though there is a connection to ask over.']
    : [
        isTold(checks, 'certificate.trust', 'certificate.name'),
        'A till would send nothing over a connection that does not verify: see the certificate.',
      ];
}

const isTold = (checks: ReadonlySet<CheckName>, ...by: readonly CheckName[]): Absence[0] =>
  by.every((check) => checks.has(check)) ? 'skipped' : 'unknown';

async function judgeSettings({ target, plan, now }: Road, sight: Sight): Promise<Finding[] | undefined> {
  const [seen, dns, connections = []] = await Promise.all([
    sight.control_plane,
    sight.dns,
    sight.connections,
  ]);
  return seen && judgeControlPlane({ seen, host: target.host, plan, dns, connections, now });
}

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
 * The findings of all stages that the plan wants, in the order of the road. Each stage is judged as soon as it has been
 * seen, while the answers of a later one are awaited. One that could not be observed is `skipped`, and `unknown` where
 * only the time was missing.
 * @param whole all that could be seen in the end
 */
export async function judgeRoad(road: Road, sight: Sight, whole: Promise<Observations>): Promise<Finding[]> {
  const { plan } = road;
  const wanted = ROAD.filter(({ stage }) => plan.stages.has(stage));
  const judged = await Promise.all(
    wanted.map(({ stage, judge }) => judge(road, sight).catch((error: unknown) => failed(stage, error))),
  );
  const evidence = { ...road, observations: await whole };
  const found: Finding[][] = [];
  for (const [i, one] of wanted.entries()) found.push(judged[i] ?? absent(one, evidence, found.flat()));
  const byCheck = new Map(
    found
      .flat()
      .toReversed()
      .map((one) => [one.check, one]),
  );
  const { observations: seen } = evidence;
  return CHECK_NAMES.flatMap((check) => (plan.checks.has(check) ? (byCheck.get(check) ?? []) : [])).map(
    (one) => ({ ...one, affects: isInOrder(one) ? null : effectOf(one, seen, plan) }),
  );
}

/** A defect of ours says nothing of the path, and hides nothing of the other stages. */
function failed(stage: Stage, error: unknown): Finding[] {
  const summary = `infra-check itself failed here (${faultText(error)}): nothing is known of this stage.`;
  const fix = 'Report this defect, with the whole line; the other stages were checked.';
  return checksOf(stage).map((check) => finding(check, 'unknown', summary, { fix }));
}

const checksOf = (stage: Stage): CheckName[] => CHECK_NAMES.filter((check) => stageOf(check) === stage);

/**
 * Of a stage that was not observed one check is `unknown` at most, for there is one cause; none where an earlier finding
 * has told it already: the time was up, or no connection can be had to ask the gateway over.
 * @param before the findings of the stages before it
 */
function absent({ stage, absence }: RoadStage, evidence: Evidence, before: readonly Finding[]): Finding[] {
  const { observations: seen, plan } = evidence;
  const isLate = seen.timed_out === true && stage !== 'dns';
  const mayTell = (one: Finding) =>
    one.status === 'unknown' || (one.status === 'critical' && stage === 'gateway');
  const told = isLate
    ? before.find((one) => mayTell(one) && plan.checks.has(one.check) && stops(one.check, seen, plan))
    : undefined;
  const [status, summary] = told
    ? (['skipped', `Not reached before the time of the whole run was up: see ${told.check}.`] as const)
    : isLate
      ? LATE
      : absence(evidence);
  const chosen = checksOf(stage).filter((check) => plan.checks.has(check));
  const teller = chosen.find((check) => stops(check, seen, plan)) ?? chosen[0];
  return chosen.map((check) =>
    check === teller && status === 'unknown'
      ? finding(check, status, summary, { fix: isLate ? MORE_TIME : UNTOLD })
      : finding(check, 'skipped', status === 'unknown' ? `${summary} See ${teller}.` : summary),
  );
}

const stops = (check: CheckName, seen: Observations, plan: Plan): boolean =>
  effectOf({ check, status: 'unknown' }, seen, plan) === 'delivery';

const LATE = ['unknown', 'The time for the whole run was up before this was reached.'] as const;
const MORE_TIME =
  'Give the run more time (--timeout), and look at what takes it: the phases before this one.';
const UNTOLD = 'Let the checks be judged that say why (--only, --skip): DNS, and the certificate.';
