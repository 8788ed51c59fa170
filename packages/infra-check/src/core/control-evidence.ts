import type { ControlPlaneObservation } from './control-plane.ts';
import type { DnsObservation } from './dns-observations.ts';
import type { Plan } from './expectations.ts';
import type { Finding } from './finding.ts';
import type { ConnectionObservation } from './observations.ts';

/** All that a judge of the control plane may look at: what AWS said, and what was seen from outside. */
export interface ControlEvidence {
  seen: ControlPlaneObservation;
  host: string;
  plan: Plan;
  dns: DnsObservation | undefined;
  connections: readonly ConnectionObservation[];
  /** Milliseconds since the epoch. */
  now: number;
}

export type ControlJudge = (evidence: ControlEvidence) => Finding;
