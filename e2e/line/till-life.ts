import { setTimeout as sleep } from 'node:timers/promises';
import { Till, type TillOptions } from '@amis-shop/shop-client';
import type { Choices } from '../crash/random.ts';
import { TillProcess } from '../crash/till-process.ts';

/** A till at its end of the line, through all kills: one process after the other on one outbox. */
export class TillLife {
  readonly acknowledged = new Set<number>();
  /** What should not have happened. */
  readonly problems: string[] = [];
  readonly #options: TillOptions;
  readonly #within: readonly string[];
  #till: TillProcess | undefined;

  constructor(options: TillOptions, within: readonly string[]) {
    this.#options = options;
    this.#within = within;
  }

  /** Sales that were begun and not acknowledged are recorded again, under their ids. */
  async begin(choices: Choices): Promise<void> {
    await this.#start({ sales: choices.whole(50, 600), callers: choices.whole(1, 6), flush: false });
  }

  async kill(choices: Choices): Promise<void> {
    await this.end();
    await this.begin(choices);
  }

  /** Has all that is queued delivered. */
  async drain(forMs: number): Promise<void> {
    const until = performance.now() + forMs;
    await this.#till?.until('all-recorded');
    while ((await this.#queued()) > 0 && performance.now() < until) {
      await this.end();
      await this.#start({ sales: FLUSHES_AT, callers: 1, flush: true });
      await this.#till?.until('all-recorded');
      await sleep(100);
    }
  }

  async end(): Promise<void> {
    const till = this.#till;
    this.#till = undefined;
    await till?.kill();
    for (const { number } of till?.acknowledged ?? []) this.acknowledged.add(number);
    for (const { number, code } of till?.refused ?? [])
      this.problems.push(`record() of ${number} was refused: ${code}`);
    if (till?.failure !== undefined) this.problems.push(till.failure);
  }

  async #start(work: { sales: number; callers: number; flush: boolean }): Promise<void> {
    const from = Math.max(0, ...this.acknowledged) + 1;
    const numbers = Array.from({ length: from - 1 }, (_, i) => i + 1);
    const again = numbers.filter((number) => !this.acknowledged.has(number));
    this.#till = new TillProcess({ options: this.#options, process: 0, again, from, ...work }, this.#within);
    await this.#till.until('ready');
  }

  async #queued(): Promise<number> {
    const till = await Till.open({ ...this.#options, deliver: false });
    const { queued } = till.status();
    await till.close();
    return queued;
  }
}

/** Among so many sales in a row is one after which a till that flushes does so. */
const FLUSHES_AT = 5;
