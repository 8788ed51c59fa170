import { randomUUID } from 'node:crypto';
import { canonicalJson } from '../core/content.ts';
import { validateSale } from '../core/sale.ts';
import { type Envelope, prepareSale } from '../core/seal.ts';
import { uuidV7 } from '../core/uuid.ts';
import type { GroupCommit } from '../delivery/group-commit.ts';
import { publish } from '../diagnostics.ts';
import type { Draft, Recorded } from '../entry.ts';
import { OutboxError, ShopError } from '../errors.ts';
import type { ResolvedTillOptions } from '../options.ts';
import type { Outbox } from '../outbox.ts';
import type { KeyWatch } from './key-watch.ts';
import { refuseBeyondLimits } from './limits.ts';
import { checkedResult } from './sale-id.ts';
import type { TillTime } from './till-time.ts';

interface RecorderSettings {
  options: ResolvedTillOptions;
  outbox: Outbox;
  time: TillTime;
  commits: GroupCommit;
  keys: KeyWatch;
  /** A new sale is on disk. */
  recorded(): void;
}

/** Takes a sale to the disk: checked, sealed under its number, and committed. */
export class Recorder {
  readonly #settings: RecorderSettings;
  readonly #envelope: Envelope;

  constructor(settings: RecorderSettings) {
    this.#settings = settings;
    const { options } = settings;
    this.#envelope = { ...options, audience: new URL(options.url).origin };
  }

  async record(
    sale: unknown,
    saleId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Recorded> {
    const startedAt = performance.now();
    const { options, outbox, time, commits } = this.#settings;
    const { schema } = options;
    const json = await validateSale(sale, schema);
    const content = saleId && (schema ? canonicalJson(json) : json);
    const known = saleId && content && outbox.recordedAs(saleId, content);
    if (known) return checkedResult(known, options);
    refuseBeyondLimits(outbox, options, time);
    const now = time.now();
    const prepared = await this.#prepare(json, signal);
    const id = saleId ?? uuidV7(now, randomUUID());
    const issuedAt = Math.floor(now / 1000);
    const result = await commits.record({
      saleId: id,
      ownId: saleId !== undefined,
      content,
      protocol: prepared.protocol,
      kid: prepared.kid,
      recordedAt: now,
      seal: onlyOnce((seq) => prepared.seal({ saleId: id, issuedAt, seq }).messages),
    });
    const recorded = checkedResult(result, options);
    if (recorded.repeated) return recorded;
    publish('amis-shop.recorded', () => ({
      shopId: options.shopId,
      saleId: id,
      seq: recorded.seq,
      protocol: prepared.protocol,
      durationMs: performance.now() - startedAt,
    }));
    this.#settings.recorded();
    return recorded;
  }

  async #prepare(json: string, signal: AbortSignal | undefined) {
    try {
      signal?.throwIfAborted();
      const key = await this.#settings.keys.current({ signal });
      return await prepareSale(json, key, this.#envelope, signal);
    } catch (error) {
      if (!signal?.aborted) throw error;
      const hint = 'Record the sale again.';
      throw new ShopError('aborted', 'Stopped before the sale was recorded.', { hint, cause: signal.reason });
    }
  }
}

/** A sale that is written again, since its files were exchanged or the disk was full, has the same bytes. */
function onlyOnce(seal: Draft['seal']): Draft['seal'] {
  let first: { seq: number; messages: ReturnType<Draft['seal']> } | undefined;
  return (seq) => {
    first ??= { seq, messages: seal(seq) };
    if (first.seq === seq) return first.messages;
    const message = `Another till got the number ${first.seq} while a sale was written under it: it was not recorded.`;
    throw new OutboxError('outbox_unavailable', message, { hint: 'Record it again.', retryable: true });
  };
}
