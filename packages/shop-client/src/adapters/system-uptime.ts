import { uptime } from 'node:os';
import type { Clock } from '../ports.ts';

/** The clock of the day and the other run apart by less, but where somebody sets it or the machine sleeps. */
const TOLERANCE_MS = 1_000;

/**
 * Milliseconds since some moment, whoever sets the clock of the day, and also while the machine sleeps. `performance.now()` stands
 * still then on Linux; what the system knows of it costs too much to be asked for each sale.
 */
export function systemUptime(): Clock {
  let ahead = uptime() * 1000 - performance.now();
  let difference = Date.now() - performance.now();
  return () => {
    const steady = performance.now();
    const now = Date.now() - steady;
    if (Math.abs(now - difference) > TOLERANCE_MS) {
      ahead = Math.max(ahead, uptime() * 1000 - steady);
      difference = now;
    }
    return steady + ahead;
  };
}
