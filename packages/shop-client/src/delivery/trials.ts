import type { Change } from '../entry.ts';
import type { Clock } from '../ports.ts';
import { AtMostEvery } from './at-most-every.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Lane } from './lane.ts';

interface TrialSettings {
  lanes: readonly Lane[];
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  delivery: {
    /** Whether this process is the one that delivers. */
    readonly delivering: boolean;
    /** There may be something to do. */
    wake(): void;
  };
  commits: GroupCommit;
}

/** An interface that comes and goes makes no storm. */
const NETWORK_EVERY_MS = 15_000;

/** Has closed roads tried sooner than was scheduled. What is tried is written before, so that who dies in a trial is not quicker. */
export class Trials {
  readonly #settings: TrialSettings;
  readonly #network = new AtMostEvery(NETWORK_EVERY_MS, () => this.#tryNow());

  constructor(settings: TrialSettings) {
    this.#settings = settings;
  }

  /** This process begins to deliver. */
  start(now: number): void {
    const { lanes, random } = this.#settings;
    this.#write(lanes.flatMap((lane) => lane.start({ now, random: random() })));
  }

  /** Whatever waits because the shop was not reached is tried soon, and often at first. */
  networkAvailable(): void {
    this.#network.ask();
  }

  stop(): void {
    this.#network.stop();
  }

  #tryNow(): void {
    const { lanes, clock, random, delivery } = this.#settings;
    if (!delivery.delivering) return;
    const now = clock();
    this.#write(lanes.flatMap((lane) => lane.networkAvailable({ now, random: random() })));
  }

  #write(changes: Change[]): void {
    const { commits, delivery } = this.#settings;
    if (changes.length > 0) commits.settle(changes, () => delivery.wake());
  }
}
