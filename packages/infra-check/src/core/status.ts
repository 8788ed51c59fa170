/** The links of the road, in the order in which a till takes them. */
export const STAGES = ['dns', 'certificate', 'gateway', 'control-plane'] as const;

export type Stage = (typeof STAGES)[number];

/**
 * `unknown`: it could not be seen, so nobody can say. `skipped`: it was not looked at, for the reason that the summary
 * gives; it says nothing for or against the road.
 */
export type Status = 'ok' | 'warning' | 'critical' | 'unknown' | 'skipped';

/** From good to bad: what could not be seen is worse than what will need care. */
const SEVERITY: readonly Status[] = ['skipped', 'ok', 'warning', 'unknown', 'critical'];

/** The worst of them; `unknown` where nothing was judged at all. */
export function worstOf(statuses: readonly Status[]): Exclude<Status, 'skipped'> {
  const worst = SEVERITY[Math.max(0, ...statuses.map((status) => SEVERITY.indexOf(status)))];
  return worst === undefined || worst === 'skipped' ? 'unknown' : worst;
}
