import type { Logger } from '../ports.ts';
import type { Pruned } from './pruning.ts';
import type { TillTime } from './till-time.ts';

interface UpkeepSettings {
  /** How many days a sale is kept once the shop has accepted it; `undefined`: for ever. */
  keepAcceptedDays: number | undefined;
  time: Pick<TillTime, 'now' | 'confirmed'>;
  prune(acceptedBefore: number): Promise<Pruned>;
  logger: Logger | undefined;
}

const DAY_MS = 24 * 3_600_000;
const AGAIN_MS = 12 * 3_600_000;

/**
 * Forgets old sales by itself, twice a day while the till delivers. Only by the shop's own time: a clock that jumps to 2038 must not
 * make everything old.
 */
export class Upkeep {
  readonly #settings: UpkeepSettings;
  #nextAt = 0;

  constructor(settings: UpkeepSettings) {
    this.#settings = settings;
  }

  /** The shop has just settled a sale. Never throws. */
  look(): void {
    const { keepAcceptedDays, time, prune, logger } = this.#settings;
    if (keepAcceptedDays === undefined || !time.confirmed) return;
    const now = time.now();
    if (now < this.#nextAt) return;
    this.#nextAt = now + AGAIN_MS;
    void prune(now - keepAcceptedDays * DAY_MS).then(
      ({ sales, freedBytes }) => {
        if (sales > 0) logger?.info({ sales, freedBytes }, 'pruned sales that were accepted long ago');
      },
      (error: { code?: string }) => logger?.warn({ code: error.code }, 'pruning failed'),
    );
  }
}
