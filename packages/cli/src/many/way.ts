import type { SealedFor } from '../sale-output.ts';
import type { SaleLine } from './lines.ts';
import type { Tally } from './tally.ts';

/** How the sales of many lines go: directly, or by an outbox. */
export interface Way {
  sealedFor: SealedFor;
  /** Opens what it needs, when the input is known to be there. */
  open(tally: Tally): Promise<OpenWay>;
}

export interface OpenWay {
  /** How many lines it takes at once. */
  atOnce: number;
  /** Takes a line, and tells its result then or later; never throws. */
  take(line: SaleLine): Promise<void>;
  /** Resolves when each line that was taken has its result. @returns how many sales wait in the outbox */
  finish(): Promise<number | undefined>;
}
