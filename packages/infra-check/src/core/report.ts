import type { CheckName } from './checks.ts';
import { stopsTills } from './effect.ts';
import type { Finding } from './finding.ts';
import type { GatewayObservation, Observations } from './observations.ts';
import { type Effect, STAGES, type Stage, type Status, weightOf, worstOf } from './status.ts';

/** What one run saw and thinks of it; the names are those of the JSON format. */
export interface Report {
  /** The name or URL as it was given. */
  target: string;
  /** The worst of the findings, where a risk that is unknown weighs as a warning if the path was seen; never `skipped`. */
  status: Verdict;
  /** Whether tills can deliver now: the worst of the findings that affect delivery, `ok` where there are none. */
  path_status: Verdict;
  /** What endangers delivery later: the worst of the other findings, `ok` where there are none. */
  risk_status: Verdict;
  /** The first finding that stops tills now, else the first `unknown` one about delivery; null where there is neither. */
  first_broken: CheckName | null;
  /** The first critical risk, else the first unknown one, else the first warning; null where there is none. */
  first_risk: CheckName | null;
  /** ISO 8601, UTC. */
  started_at: string;
  duration_ms: number;
  findings: Finding[];
  /** One for each address that showed a certificate. */
  certificates: CertificateDates[];
  observations: Observations;
}

export type Verdict = Exclude<Status, 'skipped'>;

export type Verdicts = Pick<Report, 'status' | 'path_status' | 'risk_status' | 'first_broken' | 'first_risk'>;

/** The path now and what endangers it later, told apart: neither hides the other. */
export function verdictsOf(findings: readonly Finding[]): Verdicts {
  const path = findings.filter(({ affects }) => affects === 'delivery');
  const risks = findings.filter(({ affects }) => affects === 'risk');
  const first = (of: readonly Finding[], ...wanted: readonly Status[]) =>
    wanted.flatMap((status) => of.find((one) => one.status === status) ?? [])[0]?.check ?? null;
  const isPathSeen = findings.some(
    ({ check, status: one }) => stopsTills(check) && one !== 'skipped' && one !== 'unknown',
  );
  const status = worstOf(findings.map((one) => (isPathSeen ? weightOf(one) : one.status)));
  const worst = (of: readonly Finding[]) => (of.length === 0 ? 'ok' : worstOf(of.map((one) => one.status)));
  const isJudged = findings.some((one) => one.status !== 'skipped');
  return {
    status,
    path_status: isJudged ? worst(path) : 'unknown',
    risk_status: isJudged ? worst(risks) : 'unknown',
    first_broken: first(path, 'critical', 'unknown'),
    first_risk: first(risks, 'critical', 'unknown', 'warning'),
  };
}

export interface StageSummary {
  stage: Stage;
  /** Whether tills get through here, and what endangers that; `skipped` where all of its findings are. */
  path: Status;
  risk: Status;
  findings: Finding[];
  /** Whether the path ends here, or may end here. */
  isBreak: boolean;
}

/** The report stage by stage, for those who draw the path. */
export const byStage = ({ findings, first_broken: broken }: Report): StageSummary[] =>
  STAGES.flatMap((stage) => {
    const own = findings.filter((one) => one.stage === stage);
    if (own.length === 0) return [];
    const isSkipped = own.every(({ status }) => status === 'skipped');
    const worst = (wanted: Effect): Status => {
      const affected = own.filter(({ affects }) => affects === wanted).map(({ status }) => status);
      return isSkipped ? 'skipped' : affected.length === 0 ? 'ok' : worstOf(affected);
    };
    const isBreak = own.some(({ check }) => check === broken);
    return [{ stage, path: worst('delivery'), risk: worst('risk'), findings: own, isBreak }];
  });

/** The whole report in one sentence, untrusted text and all: renderers make it safe. What stops tills now comes first. */
export function headline(report: Report): string {
  const { target, status, path_status: path, findings, first_broken: broken, first_risk: risk } = report;
  if (!findings.some((one) => one.status !== 'skipped'))
    return `Nothing of the path to ${target} was checked.`;
  const named = (check: CheckName | null) => findings.find((one) => one.check === check);
  const at = named(broken);
  const also = alsoCritical(findings, broken ?? risk);
  if (at?.status === 'critical')
    return `The path to ${target} is broken at ${at.check}: ${at.summary}${also}`;
  if (at) return `It is unknown whether the path to ${target} is open, at ${at.check}: ${at.summary}${also}`;
  const [way] = report.observations.connections ?? [];
  const through = way?.proxy === undefined ? '' : ` through the proxy ${way.proxy}`;
  const isOpen = `The path to ${target}${through} is open${path === 'warning' ? ' but impaired' : ''}`;
  const open = `${isOpen}${untried(report)}`;
  const impaired = findings.find((one) => one.affects === 'delivery' && one.status === 'warning');
  const endangered = named(risk);
  if (endangered?.status === 'critical')
    return `${open}, with a critical risk at ${endangered.check}: ${endangered.summary}${also}`;
  if (impaired) return `${open} at ${impaired.check}: ${impaired.summary}`;
  if (endangered?.status === 'unknown')
    return `${open}; a risk could not be checked at ${endangered.check}: ${endangered.summary}`;
  if (endangered) return `${open}, with a risk at ${endangered.check}: ${endangered.summary}`;
  return status === 'ok' ? `${open}.` : `${open}: see the findings.`;
}

/** Those of which anything was judged. */
export const checkedStages = ({ findings }: Pick<Report, 'findings'>): Stage[] =>
  STAGES.filter((stage) => findings.some((one) => one.stage === stage && one.status !== 'skipped'));

/** Nothing is called open without a word on what nobody tried. */
function untried(report: Report): string {
  const limits = [...unseen(report), ...lookUpUnasked(report)];
  return limits.length === 0 ? '' : ` as far as ${limits.join(' and ')}`;
}

/** Resolvers that were given say nothing of the look-up of tills, unless they leave that to a proxy. */
function lookUpUnasked({ observations: { dns, connections = [] } }: Report): string[] {
  const names = (dns?.resolvers ?? []).map(({ resolver }) => resolver);
  const [name, ...others] = names;
  if (name === undefined || names.includes('system') || connections[0]?.proxy !== undefined) return [];
  const resolving = others.length === 0 ? `${name} resolves` : `${names.length} resolvers resolve`;
  return [`${resolving} it (the system's look-up not asked)`];
}

/** A GET proves neither method nor route. */
function unseen(report: Report): string[] {
  const { findings, observations } = report;
  const { gateways } = observations;
  const checked = checkedStages(report);
  if (!checked.includes('gateway')) return [`it was checked (${checked.join(', ')})`];
  const status = (check: CheckName) => findings.find((one) => one.check === check)?.status;
  const [gateway] = gateways ?? [];
  if (isBehindAuth(status('gateway.resource'), gateway)) return ['it shows without what the gateway demands'];
  const isProven = gateway?.get == null || status('gateway.resource') !== 'skipped';
  return isProven ? [] : [`a GET shows (POST ${gateway.get?.path} not tried)`];
}

/** Tried, and stopped by a demand that is in order. */
const isBehindAuth = (resource: Status | undefined, gateway: GatewayObservation | undefined): boolean =>
  resource === 'skipped' && (gateway?.post != null || gateway?.get?.status === null);

const MOST_NAMED = 6;

/** The other critical checks, so that none is masked by the first. */
export function alsoCritical(findings: readonly Finding[], told: CheckName | null): string {
  const others = findings.filter(({ check, status }) => status === 'critical' && check !== told);
  if (others.length === 0) return '';
  const names = others.slice(0, MOST_NAMED).map(({ check }) => check);
  const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : '';
  return ` Also critical: ${names.join(', ')}${more}.`;
}

/** Until when the certificates of one address are valid, whether or not they verify. ISO 8601; null where unknown. */
export interface CertificateDates {
  address: string;
  leaf_not_before: string;
  leaf_not_after: string;
  /** From when on less is left than `warn` and `critical` want. */
  leaf_warning_from: string | null;
  leaf_critical_from: string | null;
  /** The earliest end among all that the server sends. */
  earliest_not_after: string;
  /** The earliest end on the way to the trusted root, that root included; null where no way leads to one. */
  verified_not_after: string | null;
  /** The same limits for what stands above the leaf on that way, of all the earliest; null where there is nothing. */
  chain_warning_from: string | null;
  chain_critical_from: string | null;
}
