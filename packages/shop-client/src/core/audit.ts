import { type ChainRoot, chainRoot, type Link, nextInChain, nextInResolutions } from './chain.ts';

/** What an outbox says of itself; `recorded`, `recordedBytes` and `chain` as of when a sale was last settled. */
export interface Noted extends ChainRoot {
  recorded: number;
  recordedBytes: number;
  chain: Uint8Array;
  accepted: number;
  rejected: number;
  resolved: number;
  settledBytes: number;
  /** The last value of the chain over the resolutions; empty where there is none. */
  resolutionChain: Uint8Array;
}

export interface AuditedSale extends Link {
  state: 'queued' | 'accepted' | 'rejected' | 'resolved';
  bytes: number;
  /** What was noted when it was recorded. */
  chain: Uint8Array;
  /** Of a resolved sale. */
  resolution?: AuditedResolution | undefined;
}

export interface AuditedResolution {
  /** Its place among the resolutions of this outbox, from 1. */
  number: number;
  at: number;
  reason: string;
}

/** A run of accepted sales that are no longer kept, one after the other by number. */
export interface PrunedRun {
  first: number;
  through: number;
  /** The value of the chain at its last sale: the next one hangs on it. */
  chain: Uint8Array;
  /** How many they were, and their size. */
  accepted: number;
  bytes: number;
}

export interface Findings {
  ok: boolean;
  recorded: number;
  accepted: number;
  queued: number;
  rejected: number;
  resolved: number;
  /** Accepted sales that are no longer kept one by one; they count as accepted. */
  pruned: number;
  queuedBytes: number;
  /** The last value of the hash chain, hexadecimal: who notes it can tell later that nothing before was changed. */
  head: string;
  /** What does not agree; at most 20. */
  problems: string[];
}

const MOST_PROBLEMS = 20;

/** Counts the sales one by one, by number, and compares them with what the outbox says of itself. */
export class Audit {
  readonly #noted: Noted;
  readonly #problems: string[] = [];
  readonly #counts = { queued: 0, accepted: 0, rejected: 0, resolved: 0 };
  readonly #bytes = { queued: 0, accepted: 0, rejected: 0, resolved: 0 };
  readonly #resolutions: (AuditedResolution & Pick<Link, 'seq' | 'saleId' | 'digest'>)[] = [];
  #pruned = 0;
  #seq = 0;
  #chain: Uint8Array;

  constructor(noted: Noted) {
    this.#noted = noted;
    this.#chain = chainRoot(noted);
    this.#compareNoted();
  }

  /** The last number seen. */
  get seq(): number {
    return this.#seq;
  }

  sale(sale: AuditedSale): void {
    const { seq, state, bytes, chain, resolution, saleId, digest } = sale;
    if (seq <= this.#seq) {
      this.#problem(`sale ${seq} is present but recorded as pruned`);
      return;
    }
    if (seq > this.#seq + 1) this.#gap(this.#seq + 1, seq - 1);
    else if (!same(nextInChain(this.#chain, sale), chain)) {
      this.#problem(`sale ${seq} is not what was recorded`);
    }
    this.#seq = seq;
    this.#chain = chain;
    this.#counts[state] += 1;
    this.#bytes[state] += bytes;
    if (resolution) this.#resolutions.push({ ...resolution, seq, saleId, digest });
    this.#compareNoted();
  }

  /** In the order of the numbers, as sale(). */
  pruned({ first, through, chain, accepted, bytes }: PrunedRun): void {
    if (first <= this.#seq || through < first) {
      this.#problem(`sales ${first} to ${through} are recorded as pruned, which is impossible`);
      return;
    }
    if (first > this.#seq + 1) this.#gap(this.#seq + 1, first - 1);
    if (accepted !== through - first + 1) {
      this.#problem(`of the pruned sales ${first} to ${through}, ${accepted} are recorded as accepted`);
    }
    this.#seq = through;
    this.#chain = chain;
    this.#pruned += accepted;
    this.#counts.accepted += accepted;
    this.#bytes.accepted += bytes;
    this.#compareNoted();
  }

  findings(): Findings {
    const { accepted, rejected, resolved, settledBytes, recorded } = this.#noted;
    const counts = this.#counts;
    if (this.#seq < recorded) this.#gap(this.#seq + 1, recorded);
    this.#compare('accepted', counts.accepted, accepted);
    this.#compare('rejected', counts.rejected, rejected);
    this.#compare('resolved', counts.resolved, resolved);
    const bytes = this.#bytes;
    this.#compare('bytes settled', bytes.accepted + bytes.rejected + bytes.resolved, settledBytes);
    this.#compareResolutions();
    return {
      ok: this.#problems.length === 0,
      recorded: Math.max(this.#seq, recorded),
      ...counts,
      pruned: this.#pruned,
      queuedBytes: this.#bytes.queued,
      head: Buffer.from(this.#chain).toString('hex'),
      problems: this.#problems,
    };
  }

  /** The ledger noted where the chain had come to at some sale. */
  #compareNoted(): void {
    if (this.#seq !== this.#noted.recorded || same(this.#chain, this.#noted.chain)) return;
    this.#problem(`the chain at sale ${this.#seq} is not what the ledger noted`);
  }

  /** Whoever changes, adds or removes a resolution changes the last value of their chain. */
  #compareResolutions(): void {
    let chain: Uint8Array = new Uint8Array();
    for (const link of this.#resolutions.sort((a, b) => a.number - b.number)) {
      chain = nextInResolutions(chain, link);
    }
    if (!same(chain, this.#noted.resolutionChain)) {
      this.#problem('the resolutions of rejected sales differ from the ledger');
    }
  }

  #gap(from: number, to: number): void {
    this.#problem(from === to ? `sale ${from} is missing` : `sales ${from} to ${to} are missing`);
  }

  #compare(name: string, counted: number, noted: number): void {
    if (counted !== noted) this.#problem(`${name}: ${counted} counted, ${noted} noted`);
  }

  #problem(text: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(text);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
