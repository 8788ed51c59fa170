import type { ShopKey } from '../core/shop-key.ts';
import type { KeyError } from '../errors.ts';
import type { CallOptions, PublicKeys } from '../ports.ts';

export interface KeyListener {
  /** The key is another than the last one. */
  changed(kid: string): void;
  /** Why KMS says that the key is not to be used, or that it may be used again. */
  problem(problem: KeyError | undefined): void;
}

const CHECK_MS = 5 * 60_000;

/** The shop's key through a till's life: kept fresh, and told of where it is another or not to be used. */
export class KeyWatch {
  readonly #publicKeys: PublicKeys;
  readonly #listener: KeyListener;
  readonly #timer: NodeJS.Timeout;
  readonly #stopped = new AbortController();
  #kid: string | undefined;

  /** @param atOnce whether the key is looked at now, and not only by and by */
  constructor(publicKeys: PublicKeys, listener: KeyListener, atOnce: boolean) {
    this.#publicKeys = publicKeys;
    this.#listener = listener;
    this.#timer = setInterval(() => void this.#check(), CHECK_MS).unref();
    if (atOnce) setImmediate(() => void this.#check());
  }

  /** Thumbprint of the key that the alias named when it was last asked. */
  get kid(): string | undefined {
    return this.#kid;
  }

  /** Why the key is not to be used, though a copy of it is there. */
  get problem(): KeyError | undefined {
    return this.#publicKeys.problem;
  }

  /** Why KMS could not be asked lately, though a copy serves. */
  get unrenewed(): KeyError | undefined {
    return this.#publicKeys.unrenewed;
  }

  /** The key to seal with now. @throws {KeyError} */
  async current(options: CallOptions): Promise<ShopKey> {
    return this.#note(await this.#publicKeys.current(options));
  }

  /** The key to seal with now or, with `refresh`, the one that KMS names; a problem with it is told. @throws {KeyError} */
  async ask({ refresh, signal }: CallOptions & { refresh: boolean }): Promise<ShopKey> {
    try {
      return this.#note(
        await (refresh ? this.#publicKeys.refresh({ signal }) : this.#publicKeys.current({ signal })),
      );
    } finally {
      if (!this.#stopped.signal.aborted) this.#listener.problem(this.problem);
    }
  }

  /** Nothing more is told. */
  stop(reason: Error): void {
    clearInterval(this.#timer);
    this.#stopped.abort(reason);
  }

  async #check(): Promise<void> {
    await this.ask({ refresh: false, signal: this.#stopped.signal }).catch(() => undefined);
  }

  #note(key: ShopKey): ShopKey {
    if (key.kid === this.#kid) return key;
    this.#kid = key.kid;
    if (!this.#stopped.signal.aborted) this.#listener.changed(key.kid);
    return key;
  }
}
