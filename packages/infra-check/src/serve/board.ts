import type { CheckName } from '../core/checks.ts';
import type { Finding } from '../core/finding.ts';
import type { Report } from '../core/report.ts';
import { cut } from '../core/text.ts';
import { type Config, type ConfiguredTarget, targetId } from './config.ts';
import { type PackedReport, packReport, unpackReport } from './packed-report.ts';

/** What is remembered of one check. */
export interface Result {
  status: Report['status'];
  /** Milliseconds since 1970. */
  at: number;
  durationMs: number;
}

/** One configured target and what is known of it. */
export interface Row {
  target: ConfiguredTarget;
  /** The oldest first. */
  history: readonly Result[];
  /** Since when the status is what it is, in milliseconds since 1970; null before the first check. */
  since: number | null;
  /** Where the road ends, or what needs care, in the words of the finding; null where all is well. */
  broken: { check: CheckName; summary: string } | null;
  /** The earliest end of a served certificate, in milliseconds since 1970; null where none was seen. */
  certificateEnd: number | null;
  /** The last report, packed. */
  report: PackedReport | null;
}

/** All configured targets with their last report and a bounded history. */
export class Board {
  #rows = new Map<string, Row>();
  #history: number;

  constructor(config: Pick<Config, 'targets' | 'history'>) {
    this.#history = config.history;
    this.replace(config);
  }

  /** Takes a new configuration over; what is known of targets that stay is kept. */
  replace({ targets, history }: Pick<Config, 'targets' | 'history'>): void {
    this.#history = history;
    this.#rows = new Map(
      targets.map((target) => {
        const known = this.#rows.get(targetId(target)) ?? NOTHING_KNOWN;
        return [targetId(target), { ...known, target, history: known.history.slice(-history) }];
      }),
    );
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  find(target: Pick<ConfiguredTarget, 'key' | 'module'>): Row | undefined {
    return this.#rows.get(targetId(target));
  }

  /** Remembers a report, where the target is a configured one. @returns the row as it was before and as it is now */
  record(target: Pick<ConfiguredTarget, 'key' | 'module'>, report: Report): [Row, Row] | undefined {
    const before = this.find(target);
    if (before === undefined) return;
    const result = resultOf(report);
    const isSame = before.history.at(-1)?.status === result.status;
    const after: Row = {
      target: before.target,
      history: [...before.history, result].slice(-this.#history),
      since: isSame ? before.since : result.at,
      broken: brokenOf(report),
      certificateEnd: certificateEndOf(report),
      report: packReport(report),
    };
    this.#rows.set(targetId(target), after);
    return [before, after];
  }
}

const NOTHING_KNOWN = { history: [], since: null, broken: null, certificateEnd: null, report: null };

export const lastReport = ({ report }: Row): Report | null => (report === null ? null : unpackReport(report));

const resultOf = ({ status, started_at, duration_ms }: Report): Result => ({
  status,
  at: Date.parse(started_at),
  durationMs: duration_ms,
});

/** Where nothing is broken, the first finding of those that make the report what it is. */
function brokenOf({ status, first_broken, first_risk, findings }: Report): Row['broken'] {
  const check = first_broken ?? first_risk;
  const isIt = (one: Finding) => (check === null ? one.status === status : one.check === check);
  const found = status === 'ok' ? undefined : findings.find(isIt);
  return found === undefined ? null : { check: found.check, summary: cut(found.summary) };
}

/** The leaf's, of all addresses the earliest. */
function certificateEndOf({ certificates }: Report): number | null {
  const ends = certificates.map(({ leaf_not_after: end }) => Date.parse(end)).filter(Number.isFinite);
  return ends.length === 0 ? null : Math.min(...ends);
}
