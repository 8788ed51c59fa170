import type { CheckName } from './checks.ts';
import type { Finding } from './finding.ts';
import type { Observations } from './observations.ts';
import { type Status, worstOf } from './status.ts';

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
  observations: Observations;
}

/** Where the road ends. */
export function firstBroken(findings: readonly Finding[]): CheckName | null {
  const at = (wanted: Status) => findings.find(({ status }) => status === wanted)?.check;
  return at('critical') ?? at('unknown') ?? null;
}

export const statusOf = (findings: readonly Finding[]): Report['status'] =>
  worstOf(findings.map(({ status }) => status));
