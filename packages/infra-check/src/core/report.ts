import type { CheckName } from './checks.ts';
import type { Finding } from './finding.ts';
import type { Observations } from './observations.ts';
import { STAGES, type Stage, type Status, worstOf } from './status.ts';

/** What one run saw and thinks of it; the names are those of the JSON format. */
export interface Report {
  /** The name or URL as it was given. */
  target: string;
  /** The worst of the findings; never `skipped`. */
  status: Exclude<Status, 'skipped'>;
  /** The first critical finding on the road, else the first `unknown` one; null where there is neither. */
  first_broken: CheckName | null;
  /** ISO 8601, UTC. */
  started_at: string;
  duration_ms: number;
  findings: Finding[];
  /** One for each address that showed a certificate. */
  certificates: CertificateDates[];
  observations: Observations;
}

/** Where the road ends. */
export function firstBroken(findings: readonly Finding[]): CheckName | null {
  const at = (wanted: Status) => findings.find(({ status }) => status === wanted)?.check;
  return at('critical') ?? at('unknown') ?? null;
}

export const statusOf = (findings: readonly Finding[]): Report['status'] =>
  worstOf(findings.map(({ status }) => status));

export interface StageSummary {
  stage: Stage;
  /** `skipped` where all of its findings are. */
  status: Status;
  findings: Finding[];
  /** The first of its worst findings; undefined where all is well. */
  worst: Finding | undefined;
  /** Whether the road ends here. */
  isBreak: boolean;
}

/** The report stage by stage, for those who draw the road. */
export const byStage = ({ findings, first_broken: broken }: Report): StageSummary[] =>
  STAGES.flatMap((stage) => {
    const own = findings.filter((one) => one.stage === stage);
    if (own.length === 0) return [];
    const judged = own.filter(({ status }) => status !== 'skipped');
    const status = judged.length === 0 ? 'skipped' : worstOf(judged.map((one) => one.status));
    const worst =
      status === 'ok' || status === 'skipped' ? undefined : own.find((one) => one.status === status);
    return [{ stage, status, findings: own, worst, isBreak: own.some(({ check }) => check === broken) }];
  });

/** The whole report in one sentence, untrusted text and all: renderers make it safe. */
export function headline({ target, status, findings, first_broken: broken }: Report): string {
  const at = findings.find(({ check }) => check === broken);
  if (at?.status === 'critical') return `The road to ${target} is broken at ${at.check}: ${at.summary}`;
  if (at) return `The road to ${target} could not be seen at ${at.check}: ${at.summary}`;
  const warning = findings.find((one) => one.status === 'warning');
  if (warning) return `The road to ${target} is open, but ${warning.check} needs care: ${warning.summary}`;
  return status === 'ok' ? `The road to ${target} is open.` : `Nothing of the road to ${target} was judged.`;
}

/** Until when the certificates of one address are valid, whether or not they verify. ISO 8601; null where unknown. */
export interface CertificateDates {
  address: string;
  leaf_not_before: string;
  leaf_not_after: string;
  /** The earliest end among all that the server sends. */
  earliest_not_after: string;
  /** The earliest end on the way to the trusted root, that root included; null where no way leads to one. */
  verified_not_after: string | null;
}
