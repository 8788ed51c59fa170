import type { Finding } from '../core/finding.ts';

type Worded = Pick<Finding, 'status' | 'affects'>;

/** The status of a finding, where a risk is told apart from what tills meet now: `critical`, `risk: critical`. */
export const labelOf = ({ status, affects }: Worded): string =>
  affects === 'risk' ? `risk: ${status}` : status;

/** What a finding that is not in order means for tills. */
export const meaningOf = ({ status, affects }: Worded): string =>
  (affects === 'risk' ? RISK : DELIVERY)[status];

const DELIVERY: Readonly<Record<Finding['status'], string>> = {
  critical: 'stops tills now',
  unknown: 'may stop tills now',
  warning: 'impairs delivery now',
  ok: '',
  skipped: '',
};

const RISK: Readonly<Record<Finding['status'], string>> = {
  ...DELIVERY,
  critical: 'endangers delivery later',
  unknown: 'may endanger delivery later',
  warning: 'may endanger delivery later',
};
