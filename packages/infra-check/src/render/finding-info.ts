import type { Finding } from '../core/finding.ts';
import type { Metric } from './metrics.ts';

/**
 * Sentence and remedy of each finding that is not in order, so that an alert can carry them. The sentence may change with
 * each run: rules compare by `check`, and look the rest up.
 */
export const findingInfo = (findings: readonly Finding[]): Metric => ({
  name: 'infra_check_finding_info',
  help: 'Each finding that is not in order, as labels: whether it affects delivery or is a risk, the sentence, the fix.',
  samples: findings.flatMap(({ stage, check, status, affects, summary, fix }) =>
    affects === null
      ? []
      : [{ labels: { stage, check, status, affects, summary, fix: fix ?? '' }, value: 1 }],
  ),
});
