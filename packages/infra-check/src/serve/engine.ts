import type { Report } from '../core/report.ts';
import { Board } from './board.ts';
import type { Config, ConfiguredTarget } from './config.ts';
import { isCutShort } from './cut-short.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { STATE_NAMES, stateOf } from './page-state.ts';
import type { Remembered } from './remembered.ts';
import type { Row } from './row.ts';
import { type Checker, runCheck } from './run-check.ts';
import { Schedule } from './schedule.ts';
import { expectationsOf, timeoutOf } from './settings.ts';
import { type Lane, Slots } from './slots.ts';
import type { StateFile } from './state-file.ts';

/** A check that somebody or the schedule wants. */
export interface Wanted {
  /** As the checker gets it. */
  given: string;
  key: string;
  module: string;
  /** Waiting for a slot included. */
  timeoutMs: number;
  lane: Lane;
  /** The client has gone. */
  signal?: AbortSignal;
}

/** The time was up before a slot was free. */
export class WaitedTooLongError extends Error {
  readonly code = 'waited_too_long';

  constructor() {
    super('No slot was free in time.');
    this.name = 'WaitedTooLongError';
  }
}

/** A configuration that was not taken over. */
export interface RefusedReload {
  /** Milliseconds since 1970. */
  at: number;
  /** What is wrong with it, with line and column, and what to do. */
  message: string;
}

export interface EngineOptions {
  check: Checker;
  log: Log;
  /** Where history and beginnings are kept; undefined where a restart may lose them. */
  state?: StateFile | undefined;
  /** What was read from there. */
  remembered?: readonly Remembered[];
  /** Is called before each check, so that it is made with the files of now. Must not reject. */
  renew?: () => Promise<void>;
}

/** Checks what is wanted and what is due, and remembers the results. */
export class Engine {
  #config: Config;
  readonly board: Board;
  readonly slots: Slots;
  readonly metrics = new Metrics();
  /** The last reload, where it was refused; null where the configuration in force is the one that stands in the file. */
  refusedReload: RefusedReload | null = null;
  readonly #schedule: Schedule;
  readonly #check: Checker;
  readonly #log: Log;
  readonly #state: StateFile | undefined;
  readonly #renew: () => Promise<void>;
  #renewing: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  constructor(config: Config, { check, log, state, remembered = [], renew }: EngineOptions) {
    this.#config = config;
    this.#check = check;
    this.#log = log;
    this.#state = state;
    this.#renew = renew ?? (async () => undefined);
    this.board = new Board(config, remembered);
    state?.watch(() => this.board.rows);
    this.slots = new Slots(config);
    this.#schedule = new Schedule((target) => this.#turn(target));
    this.#schedule.replace(config.targets);
  }

  get config(): Config {
    return this.#config;
  }

  replace(config: Config): void {
    this.#config = config;
    this.board.replace(config);
    this.slots.limits = config;
    this.#schedule.replace(config.targets);
  }

  /** Nothing new begins; with `abort`, what runs is given up. */
  stop({ abort }: { abort: boolean }): void {
    this.#schedule.stop();
    if (abort) this.#stopping.abort(new Error('The exporter stops.'));
  }

  /**
   * Waits for a slot and checks.
   * @throws {BusyError | WaitedTooLongError} where no slot is to be had; the reason of a signal that was given up
   */
  async check(wanted: Wanted): Promise<Report> {
    const { given, key, module, timeoutMs, lane } = wanted;
    const signals = [this.#stopping.signal, ...(wanted.signal ? [wanted.signal] : [])];
    const gone = new AbortController();
    const onGone = () => gone.abort(signals.find(({ aborted }) => aborted)?.reason);
    for (const signal of signals) signal.addEventListener('abort', onGone);
    if (signals.some(({ aborted }) => aborted)) onGone();
    const start = performance.now();
    await this.#renewOnce();
    const asked = expectationsOf(this.#config, wanted);
    const mostMs = lane === 'asked' ? timeoutMs : Number.POSITIVE_INFINITY;
    // At its beginning, so that no turn comes while it runs, and at its end.
    if (lane === 'asked') this.#schedule.postpone({ key, module });
    try {
      const leave = await this.#enter(lane, gone.signal, mostMs);
      const leftMs = lane === 'asked' ? Math.max(1, timeoutMs - (performance.now() - start)) : timeoutMs;
      const report = await runCheck(this.#check, {
        target: given,
        expectations: expectationsOf(this.#config, wanted) ?? asked ?? {},
        timeoutMs: Math.round(leftMs),
        signal: gone.signal,
        onFault: (reason) => this.#log('error', `The check of ${given} has failed: ${reason}`),
        onEnd: leave,
      });
      this.metrics.checked(lane, report);
      const ownMs = timeoutOf(this.#config, wanted);
      if (!isCutShort(report, leftMs, ownMs)) this.#remember({ given, key, module }, report, lane);
      return report;
    } finally {
      for (const signal of signals) signal.removeEventListener('abort', onGone);
    }
  }

  /** For all checks that begin meanwhile. */
  #renewOnce(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #enter(lane: Lane, signal: AbortSignal, mostMs: number): Promise<() => void> {
    if (mostMs === Number.POSITIVE_INFINITY) return this.slots.take(lane, signal);
    const patience = new AbortController();
    const onAbort = () => patience.abort(signal.reason);
    const timer = setTimeout(() => patience.abort(new WaitedTooLongError()), mostMs);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    try {
      return await this.slots.take(lane, patience.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #remember(target: Pick<Wanted, 'given' | 'key' | 'module'>, report: Report, lane: Lane): void {
    const rows = this.board.record(target, report);
    this.#state?.touch();
    if (lane === 'asked') this.#schedule.postpone(target);
    if (rows[1].isConfigured) this.#tellChange(...rows, report);
  }

  /** Also where the first check that is broken is another one: an outage may come while a risk has been known for days. */
  #tellChange(before: Row, after: Row, { target, findings }: Report): void {
    const [former, now] = [before, after].map(stateText) as [string, string];
    const isSame = former === now && before.broken?.check === after.broken?.check;
    const isOk = stateOf(after) === 'ok';
    if (isSame || (isOk && stateOf(before) === 'pending')) return;
    const broken = findings.find(({ check }) => check === after.broken?.check);
    const why = broken === undefined ? '' : `; ${broken.check}: ${broken.summary}`;
    this.#log(isOk ? 'info' : 'warning', `${target} (${after.target.module}) is ${now}, was ${former}${why}`);
  }

  async #turn({ given, key, module }: ConfiguredTarget): Promise<void> {
    const timeoutMs = timeoutOf(this.#config, { key, module });
    try {
      await this.check({ given, key, module, timeoutMs, lane: 'scheduled' });
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#log('error', `A check could not be made: ${String(error)}`);
    }
  }
}

function stateText(row: Row): string {
  const state = stateOf(row);
  if (state === 'pending') return 'not yet checked';
  return state === 'at-risk' ? `at risk (${row.risk})` : STATE_NAMES[state].toLowerCase();
}
