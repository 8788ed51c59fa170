import type { Choices } from './random.ts';

/**
 * When a till is killed: while it starts, while it works, while it closes, or after it was stopped (SIGSTOP) and went on
 * (SIGCONT); `long` lives long enough for its successor to wait for the lease.
 */
export const STAGES = ['start', 'work', 'long', 'close', 'freeze'] as const;
export type Stage = (typeof STAGES)[number];

/** What befalls one till, chosen before it is started. */
export interface Fate {
  stage: Stage;
  /** Milliseconds from its start (`start`), or from when its outbox is open, to the first signal. */
  afterMs: number;
  /** How long it is stopped. */
  frozenMs: number;
  /** From SIGTERM or SIGCONT to SIGKILL. */
  graceMs: number;
  sales: number;
  callers: number;
  /**
   * Whether it copies its own files, as a careless backup does, and so loses its locks; while it is stopped another program opens
   * and closes the outbox.
   */
  losesLocks: boolean;
}

const WEIGHTS: Record<Stage, number> = { start: 2, work: 5, long: 0.5, close: 1.5, freeze: 2 };
const AT_MOST_MS: Record<Stage, number> = { start: 350, work: 600, long: 2500, close: 400, freeze: 400 };

export function chooseFate(choices: Choices): Fate {
  const stage = choices.weighted(WEIGHTS);
  return {
    stage,
    // Squared: most of the recording is done early.
    afterMs: choices.next() ** (stage === 'start' ? 1 : 2) * AT_MOST_MS[stage],
    frozenMs: choices.next() * 400,
    graceMs: choices.next() * (stage === 'close' ? 30 : 100),
    sales: choices.whole(1, choices.next() < 0.25 ? 500 : 100),
    callers: choices.whole(1, 12),
    losesLocks: stage !== 'start' && choices.next() < 0.3,
  };
}
