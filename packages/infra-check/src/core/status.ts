/** The links of the road, in the order in which a till takes them. */
export const STAGES = ['dns', 'certificate', 'gateway', 'control-plane'] as const;

export type Stage = (typeof STAGES)[number];

/**
 * `unknown`: it could not be seen, so nobody can say. `skipped`: it was not looked at, for the reason that the summary
 * gives; it says nothing for or against the road.
 */
export type Status = 'ok' | 'warning' | 'critical' | 'unknown' | 'skipped';

/**
 * Whom a finding that is not ok concerns: `delivery`, where tills cannot deliver because of it, now; `risk`, where they can, and may
 * not be able to later.
 */
export type Effect = 'delivery' | 'risk';

/** From good to bad: what could not be seen is worse than what will need care. */
const SEVERITY: Readonly<Record<Status, number>> = { skipped: 0, ok: 1, warning: 2, unknown: 3, critical: 4 };

/**
 * What a finding counts for in a status of the whole. Where tills deliver, a risk that could not be checked needs care, and
 * leaves nothing open about the path.
 */
export const weightOf = ({ status, affects }: { status: Status; affects: Effect | null }): Status =>
  status === 'unknown' && affects === 'risk' ? 'warning' : status;

/** Whether nothing need be done: all is well, or nobody looked. */
export const isInOrder = ({ status }: { status: Status }): boolean => status === 'ok' || status === 'skipped';

/** The worst of them; `unknown` where nothing was judged at all. */
export function worstOf(statuses: readonly Status[]): Exclude<Status, 'skipped'> {
  let worst: Status = 'skipped';
  for (const status of statuses) if (SEVERITY[status] > SEVERITY[worst]) worst = status;
  return worst === 'skipped' ? 'unknown' : worst;
}
