import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { chainRoot, digestOf, nextInChain } from '../core/chain.ts';
import type { Stamp } from '../core/queue-age.ts';
import { fewestAttempts, OPEN_ROAD, type Road } from '../core/road.ts';
import type { ShopTime } from '../core/shop-time.ts';
import type { Change, Draft, Entry, RecordResult } from '../entry.ts';
import { OutboxError } from '../errors.ts';
import type {
  Backup,
  Deliverer,
  EntryFilter,
  Lease,
  NewOutbox,
  Outbox,
  OutboxIdentity,
  Owner,
  Proof,
  PruneRequest,
  PruneSlice,
  Space,
  Summary,
  Totals,
} from '../outbox.ts';
import type { Protocol } from '../sealed.ts';
import { auditOf, isAlteredIn, totalsOf } from './memory-audit.ts';
import { type MemoryState, pruneSales, queuedIn, type Stored, settle } from './memory-settle.ts';

/** An outbox that ends with its process: for tests of register software, and to check what the durable one does. */
export class MemoryOutbox implements Outbox {
  readonly #state: MemoryState;
  readonly #sales: Stored[] = [];
  /** By sale id. */
  readonly #contents = new Map<string, string | undefined>();
  #deliverer: Deliverer | undefined;
  #fence = 0;

  constructor(create: NewOutbox) {
    this.#state = {
      identity: { outboxId: randomUUID(), ...create },
      sales: this.#sales,
      roads: new Map(),
      conflicts: { sequenceConflict: undefined, saleIdConflict: undefined },
      resolutionChain: new Uint8Array(),
      shopTime: undefined,
    };
  }

  get identity(): OutboxIdentity {
    return this.#state.identity;
  }

  adopt(owner: Owner): boolean {
    if (this.#sales.length > 0 || this.#deliverer) return false;
    this.#state.identity = { ...this.#state.identity, ...owner };
    return true;
  }

  commit(changes: readonly Change[]): RecordResult[] {
    const recorded = this.#recordAll(changes.filter((change) => change.type === 'record'));
    for (const change of changes) if (change.type !== 'record') settle(this.#state, change);
    return recorded;
  }

  recordedAs(saleId: string, content: string | undefined): RecordResult | undefined {
    const known = this.find(saleId);
    if (known === undefined) return this.#wholeOf(saleId);
    const { seq, recordedAt, resolution: closed } = known;
    const resolution = closed && { resolution: { reason: closed.reason, at: closed.at } };
    const before = this.#contents.get(saleId);
    const repeat = { saleId, seq, repeated: true, recordedAt, created: false, ...resolution };
    if (before === undefined || content === undefined) return { ...repeat, unverified: true };
    return before === content ? repeat : { conflict: 'other_content', saleId, seq, recordedAt };
  }

  /** As the parts of a sale are called. */
  #wholeOf(saleId: string): RecordResult | undefined {
    const [, whole = '', part] = /^(.+)\.([1-9]\d{0,2})$/.exec(saleId) ?? [];
    const known = this.find(whole);
    const parts = Math.max(known?.messages.length ?? 0, known?.receipts.length ?? 0);
    if (known === undefined || parts === 1 || Number(part) > parts) return;
    return { conflict: 'other_content', saleId, seq: known.seq, recordedAt: known.recordedAt };
  }

  totals(): Totals {
    return totalsOf(this.#sales);
  }

  summary(): Summary {
    return {
      ...this.totals(),
      oldestQueuedAt: this.oldestQueuedAt(),
      lastRecordedAt: this.#sales.at(-1)?.recordedAt,
      lastAcceptedAt: this.#sales.findLast(({ state }) => state === 'accepted')?.settledAt,
      queuedByKey: this.queuedByKey(),
      deliverer: this.deliverer(),
      ...this.#state.conflicts,
    };
  }

  find(saleId: string): Entry | undefined {
    const sale = this.#sales.find((stored) => stored.saleId === saleId && !stored.pruned);
    return sale && { ...sale };
  }

  list({ state, mayHaveArrived, after = 0, limit }: EntryFilter): Entry[] {
    return this.#sales
      .filter((sale) => !sale.pruned && sale.seq > after && (state === undefined || sale.state === state))
      .filter((sale) => mayHaveArrived !== true || sale.mayHaveArrived)
      .slice(0, limit)
      .map((sale) => ({ ...sale }));
  }

  due(protocol: Protocol, now: number, limit: number): Entry[] {
    return queuedIn(this.#sales, protocol)
      .filter(({ notBefore }) => notBefore <= now)
      .slice(0, limit)
      .map((sale) => ({ ...sale }));
  }

  probe(protocol: Protocol, now: number, newest: boolean): Entry | undefined {
    const due = this.due(protocol, now, this.#sales.length);
    const untried = due.filter(({ attempts }) => attempts === 0);
    return untried.at(newest ? -1 : 0) ?? fewestAttempts(due);
  }

  isAltered(entry: Entry): boolean {
    return isAlteredIn(this.#state, entry);
  }

  nextDue(protocol: Protocol, now: number): number | undefined {
    const later = queuedIn(this.#sales, protocol).filter(({ notBefore }) => notBefore > now);
    return later.length === 0 ? undefined : Math.min(...later.map(({ notBefore }) => notBefore));
  }

  oldestQueuedAt(): number | undefined {
    return this.oldestQueued()?.recordedAt;
  }

  oldestQueued(): Stamp | undefined {
    return this.#sales.find(({ state }) => state === 'queued');
  }

  stamps(after: number, limit: number): Stamp[] {
    return this.list({ after, limit });
  }

  shopTime(): ShopTime | undefined {
    return this.#state.shopTime;
  }

  queuedByKey(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { state, kid } of this.#sales) if (state === 'queued') counts[kid] = (counts[kid] ?? 0) + 1;
    return counts;
  }

  road(protocol: Protocol): Road {
    return this.#state.roads.get(protocol) ?? OPEN_ROAD;
  }

  lease(now: number): Lease | undefined {
    if (this.#deliverer) return;
    this.#deliverer = { pid: process.pid, host: hostname(), since: now };
    this.#fence += 1;
    return {
      fence: this.#fence,
      fenced: false,
      contested: false,
      isFenced: () => false,
      release: () => {
        this.#deliverer = undefined;
      },
    };
  }

  deliverer(): Deliverer | undefined {
    return this.#deliverer;
  }

  async verify(): Promise<Proof> {
    return auditOf(this.#state);
  }

  prune(request: PruneRequest): PruneSlice {
    return pruneSales(this.#sales, request);
  }

  pruned(): number {
    return this.#sales.filter(({ pruned }) => pruned).length;
  }

  giveBack(): boolean {
    return false;
  }

  rewrite(): boolean {
    return false;
  }

  space(): Space {
    return { fileBytes: 0, unusedBytes: 0 };
  }

  async backup(path: string): Promise<Backup> {
    throw new OutboxError(
      'backup_failed',
      `The backup ${path} could not be created (this outbox is in memory).`,
      { hint: 'Open the till with a file.' },
    );
  }

  close(): void {}

  #recordAll(changes: readonly { draft: Draft }[]): RecordResult[] {
    const before = this.#sales.length;
    try {
      return changes.map(({ draft }) => this.#record(draft));
    } catch (error) {
      this.#sales.length = before;
      throw error;
    }
  }

  #record({ saleId, content, protocol, kid, recordedAt, seal }: Draft): RecordResult {
    const known = this.recordedAs(saleId, content);
    if (known) return known;
    const seq = this.#sales.length + 1;
    const messages = seal(seq);
    const part = messages.length > 1 ? messages.find(({ id }) => this.find(id)) : undefined;
    const taken = part && this.find(part.id);
    if (taken) {
      return {
        conflict: 'other_content',
        saleId: taken.saleId,
        seq: taken.seq,
        recordedAt: taken.recordedAt,
      };
    }
    const bodies = messages.map(({ body }) => body).join('\n');
    const link = { seq, saleId, protocol, kid, recordedAt, digest: digestOf(bodies) };
    this.#sales.push({
      ...link,
      chain: nextInChain(this.#sales.at(-1)?.chain ?? chainRoot(this.#state.identity), link),
      state: 'queued',
      bytes: Buffer.byteLength(bodies),
      messages,
      attempts: 0,
      mayHaveArrived: false,
      notBefore: 0,
      delayMs: 0,
      receipts: [],
    });
    this.#contents.set(saleId, content);
    return { saleId, seq, repeated: false, recordedAt, created: seq === 1 };
  }
}
