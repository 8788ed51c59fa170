import type { Hold } from '../core/road.ts';
import type { Lane, LaneHold } from './lane.ts';

export interface HoldListener {
  held(hold: LaneHold): void;
  resumed(): void;
}

/** Why nothing passes: what lies outside the roads comes first, then the roads themselves. */
export class Holds {
  readonly #lanes: readonly Lane[];
  readonly #listener: HoldListener;
  readonly #outside = new Map<string, Hold>();
  /** What the listener knows. */
  #told: LaneHold | undefined;

  constructor(lanes: readonly Lane[], listener: HoldListener) {
    this.#lanes = lanes;
    this.#listener = listener;
  }

  get current(): LaneHold | undefined {
    const [outside] = this.#outside.values();
    return outside ?? this.#lanes.find(({ held }) => held)?.held;
  }

  get anyOutside(): boolean {
    return this.#outside.size > 0;
  }

  anyOutsideBut(source: string): boolean {
    return [...this.#outside.keys()].some((other) => other !== source);
  }

  /** @returns whether that is new */
  set(source: string, hold: Hold | undefined): boolean {
    if (this.#outside.get(source)?.code === hold?.code) return false;
    if (hold) this.#outside.set(source, hold);
    else this.#outside.delete(source);
    this.tell();
    return true;
  }

  /** Tells what has changed since it was last told. */
  tell(): void {
    const before = this.#told;
    const now = this.current;
    this.#told = now;
    if (now && (now.code !== before?.code || now.since !== before.since)) this.#listener.held(now);
    if (before && !now) this.#listener.resumed();
  }
}
