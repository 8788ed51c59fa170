import { setTimeout as sleep } from 'node:timers/promises';

/** Times in milliseconds. */
export interface Patience {
  attempts: number;
  baseMs: number;
  capMs: number;
}

/** About five seconds in the worst case. */
const DEFAULT: Patience = { attempts: 9, baseMs: 25, capMs: 2_000 };

/**
 * Tries again while the failure passes, with full jitter. Source: Amazon Builders' Library, "Timeouts, retries, and
 * backoff with jitter".
 * @throws the last failure
 */
export async function patiently<T>(
  work: () => Promise<T>,
  passes: (error: unknown) => boolean,
  { attempts, baseMs, capMs }: Patience = DEFAULT,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !passes(error)) throw error;
      await sleep(Math.random() * Math.min(capMs, baseMs * 2 ** (attempt - 1)));
    }
  }
}
