import { type ChainRoot, chainRoot, type Link, nextInChain } from './chain.ts';

/** What an outbox says of itself; `recorded`, `recordedBytes` and `chain` as of when a sale was last settled. */
export interface Noted extends ChainRoot {
  recorded: number;
  recordedBytes: number;
  chain: Uint8Array;
  accepted: number;
  rejected: number;
  settledBytes: number;
}

export interface AuditedSale extends Link {
  state: 'queued' | 'accepted' | 'rejected';
  bytes: number;
  /** What was noted when it was recorded. */
  chain: Uint8Array;
}

export interface Findings {
  ok: boolean;
  recorded: number;
  accepted: number;
  queued: number;
  rejected: number;
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
  readonly #counts = { queued: 0, accepted: 0, rejected: 0 };
  readonly #bytes = { queued: 0, accepted: 0, rejected: 0 };
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
    const { seq, state, bytes, chain } = sale;
    if (seq > this.#seq + 1) this.#gap(this.#seq + 1, seq - 1);
    else if (!same(nextInChain(this.#chain, sale), chain)) {
      this.#problem(`sale ${seq} is not what was recorded`);
    }
    this.#seq = seq;
    this.#chain = chain;
    this.#counts[state] += 1;
    this.#bytes[state] += bytes;
    this.#compareNoted();
  }

  findings(): Findings {
    const { accepted, rejected, settledBytes, recorded } = this.#noted;
    const counts = this.#counts;
    if (this.#seq < recorded) this.#gap(this.#seq + 1, recorded);
    this.#compare('accepted', counts.accepted, accepted);
    this.#compare('rejected', counts.rejected, rejected);
    this.#compare('bytes settled', this.#bytes.accepted + this.#bytes.rejected, settledBytes);
    return {
      ok: this.#problems.length === 0,
      recorded: Math.max(this.#seq, recorded),
      ...counts,
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
