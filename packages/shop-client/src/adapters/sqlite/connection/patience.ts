import { isBusy } from '../files/errors.ts';

const PAUSE_MS = 1;

/**
 * Tries a step until another process has let go. SQLite's own time-out does not apply to every lock
 * (sqlite.org/c3ref/busy_handler.html), and waits ever longer between its looks.
 */
export function patiently<T>(forMs: number, step: () => T): T {
  const until = performance.now() + forMs;
  for (;;) {
    try {
      return step();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error;
      pause();
    }
  }
}

/** Asks until there is something, or for so long. */
export function waitFor<T>(forMs: number, ask: () => T | undefined): T | undefined {
  const until = performance.now() + forMs;
  for (;;) {
    const found = ask();
    if (found !== undefined || performance.now() >= until) return found;
    pause();
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
