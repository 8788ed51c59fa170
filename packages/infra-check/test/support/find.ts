import type { CheckName, Finding, Report } from '../../src/index.ts';

/** The finding of one check. @throws where the report has none */
export function findingOf({ findings }: Pick<Report, 'findings'>, check: CheckName): Finding {
  const found = findings.find((one) => one.check === check);
  if (!found) throw new Error(`no finding ${check}`);
  return found;
}

/** `check: status` of all that is neither ok nor skipped. */
export const troubles = ({ findings }: Pick<Report, 'findings'>): string[] =>
  findings.flatMap(({ check, status }) =>
    status === 'ok' || status === 'skipped' ? [] : [`${check}: ${status}`],
  );
