const HIDDEN = '[secret]';
/** Node's `util.inspect.custom`, by its registered name. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A text that no log, no `util.inspect` and no JSON shows. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [INSPECT](): string {
    return HIDDEN;
  }
}
