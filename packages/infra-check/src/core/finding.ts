import { type CheckName, specOf, stageOf } from './checks.ts';
import { type Effect, isInOrder, type Stage, type Status, worstOf } from './status.ts';

/** One judged fact. */
export interface Finding {
  check: CheckName;
  stage: Stage;
  status: Status;
  /** Whether tills cannot deliver because of it now, or it endangers them later; null where it is ok or skipped, and where `effectOf` is still to say. */
  affects: Effect | null;
  /** One sentence for people. */
  summary: string;
  /** What was seen, or null where nothing was. */
  observed: string | null;
  /** What should have been seen, or null where nothing certain is expected. */
  expected: string | null;
  /** What to do, or null where nothing need be done. */
  fix: string | null;
}

/** What a judge adds to the table's words. */
export interface Evidence {
  observed?: string | undefined;
  expected?: string | undefined;
  /** In the place of the table's remedy, where the judge knows better. */
  fix?: string | undefined;
  /** What is still to come, such as an end in some days: it stops nobody now. */
  affects?: 'risk';
}

/** A finding with the remedy of the table of checks, unless all is well. */
export function finding(check: CheckName, status: Status, summary: string, evidence: Evidence = {}): Finding {
  const { observed = null, expected = null, affects = null } = evidence;
  const fix = evidence.fix ?? (isInOrder({ status }) ? null : specOf(check).remedy);
  return { check, stage: stageOf(check), status, affects, summary, observed, expected, fix };
}

/** The first of the worst; what stops tills now goes before what is still to come. */
export const worstFinding = (findings: readonly Finding[]): Finding => {
  const worst = worstOf(findings.map(({ status }) => status));
  const worsts = findings.filter(({ status }) => status === worst);
  return worsts.find(({ affects }) => affects !== 'risk') ?? worsts[0] ?? (findings[0] as Finding);
};
