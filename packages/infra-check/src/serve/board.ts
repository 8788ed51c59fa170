import type { Report } from '../core/report.ts';
import { parseTarget } from '../core/target.ts';
import { isAllowed } from './allow-list.ts';
import { type Config, type ConfiguredTarget, targetId } from './config.ts';
import { unpackReport } from './packed-report.ts';
import type { Remembered } from './remembered.ts';
import { type Known, knownAfter, NOTHING_KNOWN, type Row } from './row.ts';

/** Targets that are only allowed: so many are remembered, and so long after their last probe. */
const MOST_PROBED = 200;
const PROBED_KEPT_MS = 86_400_000;

type BoardConfig = Pick<Config, 'targets' | 'history' | 'modules' | 'allow'>;

type TargetId = Pick<ConfiguredTarget, 'key' | 'module'>;

/** All configured targets, and those that were probed, with their last report and a bounded history. */
export class Board {
  #configured = new Map<string, Row>();
  /** The one that was probed last at the end. */
  #probed = new Map<string, Row>();
  #history: number;

  /** @param remembered what the last run left */
  constructor(config: BoardConfig, remembered: readonly Remembered[] = []) {
    this.#history = config.history;
    for (const { known, ...target } of remembered)
      this.#probed.set(targetId(target), {
        ...known,
        target: { ...target, intervalMs: 0 },
        isConfigured: false,
      });
    this.replace(config);
  }

  /** Takes a new configuration over; what is known of targets that stay is kept. */
  replace(config: BoardConfig): void {
    this.#history = config.history;
    const former = [...this.#probed.values(), ...this.#configured.values()];
    this.#configured = this.#rowsOf(config.targets);
    const stays = ({ target }: Row) =>
      !this.#configured.has(targetId(target)) &&
      config.modules.has(target.module) &&
      (config.targets.some(({ key }) => key === target.key) ||
        isAllowed(config.allow, parseTarget(target.given)));
    const probed = former.filter((row) => row.history.length > 0 && stays(row));
    this.#probed = new Map(probed.map((row) => [targetId(row.target), { ...row, isConfigured: false }]));
    this.#forget();
  }

  /** The configured ones first. */
  get rows(): readonly Row[] {
    this.#forget();
    return [...this.#configured.values(), ...this.#probed.values()];
  }

  find(target: TargetId): Row | undefined {
    return this.#configured.get(targetId(target)) ?? this.#probed.get(targetId(target));
  }

  /** Remembers a report. @returns the row as it was before and as it is now */
  record({ given, key, module }: TargetId & { given: string }, report: Report): [Row, Row] {
    const target = { given, key, module, intervalMs: 0 };
    const before = this.find(target) ?? { ...NOTHING_KNOWN, target, isConfigured: false };
    const { isConfigured } = before;
    const after: Row = { target: before.target, isConfigured, ...knownAfter(before, report, this.#history) };
    const rows = isConfigured ? this.#configured : this.#probed;
    if (!isConfigured) rows.delete(targetId(target));
    rows.set(targetId(target), after);
    this.#forget();
    return [before, after];
  }

  #rowsOf(targets: readonly ConfiguredTarget[]): Map<string, Row> {
    return new Map(
      targets.map((target) => {
        const { history, ...known }: Known = this.find(target) ?? NOTHING_KNOWN;
        const kept = history.slice(-this.#history);
        return [targetId(target), { ...known, target, isConfigured: true, history: kept }];
      }),
    );
  }

  #forget(): void {
    const ids = [...this.#probed.keys()];
    for (const id of ids.slice(0, -MOST_PROBED)) this.#probed.delete(id);
    const oldest = Date.now() - PROBED_KEPT_MS;
    for (const [id, { history }] of this.#probed)
      if ((history.at(-1)?.at ?? 0) < oldest) this.#probed.delete(id);
  }
}

export const lastReport = ({ report }: Row): Report | null => (report === null ? null : unpackReport(report));
