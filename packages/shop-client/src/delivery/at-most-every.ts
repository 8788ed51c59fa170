/** Runs a step when it is asked for, but not again within `ms`: what is asked for meanwhile runs once, when they are over. */
export class AtMostEvery {
  readonly #ms: number;
  readonly #step: () => void;
  #askedMeanwhile = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, step: () => void) {
    this.#ms = ms;
    this.#step = step;
  }

  ask(): void {
    if (this.#timer !== undefined) {
      this.#askedMeanwhile = true;
      return;
    }
    this.#timer = setTimeout(() => this.#over(), this.#ms).unref();
    this.#step();
  }

  /** What was asked for is forgotten. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#askedMeanwhile = false;
  }

  #over(): void {
    const askedMeanwhile = this.#askedMeanwhile;
    this.stop();
    if (askedMeanwhile) this.ask();
  }
}
