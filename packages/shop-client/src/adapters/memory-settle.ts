import type { Conflict, ConflictName, Conflicts } from '../conflict.ts';
import { nextInResolutions } from '../core/chain.ts';
import type { Road } from '../core/road.ts';
import type { ShopTime } from '../core/shop-time.ts';
import type { Change, Entry } from '../entry.ts';
import type { OutboxIdentity, PruneRequest, PruneSlice } from '../outbox.ts';
import type { Protocol } from '../sealed.ts';

export interface Stored extends Entry {
  digest: Uint8Array;
  chain: Uint8Array;
  resolution?: Entry['resolution'] & { number: number };
  pruned?: boolean;
}

/** What an outbox in memory holds. */
export interface MemoryState {
  identity: OutboxIdentity;
  readonly sales: Stored[];
  readonly roads: Map<Protocol, Road>;
  conflicts: Conflicts;
  resolutionChain: Uint8Array;
  shopTime: ShopTime | undefined;
}

/** What becomes of sales that are recorded. */
export function settle(state: MemoryState, change: Exclude<Change, { type: 'record' }>): void {
  switch (change.type) {
    case 'accepted':
      update(state, change.seq, 'queued', ({ saleId, receipts, messages, attempts }) => {
        if (change.part !== receipts.length + 1) return {};
        const { seq, at } = change;
        const all = [...receipts, change.receipt];
        const done = all.length === messages.length;
        if (done) for (const name of change.conflicts ?? []) noteConflict(state, name, { saleId, seq, at });
        const settled = { state: 'accepted', messages: [], settledAt: at } as const;
        const progress = { receipts: all, attempts: attempts + 1 };
        return done ? { ...progress, ...settled, failure: undefined, notBefore: 0, delayMs: 0 } : progress;
      });
      break;
    case 'rejected':
      update(state, change.seq, 'queued', ({ attempts }) => ({
        state: 'rejected',
        attempts: attempts + Number(change.posted ?? true),
        failure: change.failure,
        settledAt: change.failure.at,
        notBefore: 0,
        delayMs: 0,
      }));
      break;
    case 'postponed':
      update(state, change.seq, 'queued', ({ attempts, mayHaveArrived }) => ({
        attempts: attempts + 1,
        failure: change.failure,
        mayHaveArrived: mayHaveArrived || change.mayHaveArrived,
        ...change.schedule,
      }));
      break;
    case 'requeued':
      update(state, change.seq, 'rejected', () => ({ state: 'queued', settledAt: undefined }));
      break;
    case 'resolved':
      update(state, change.seq, 'rejected', (sale) => resolve(state, sale, change));
      break;
    case 'road':
      state.roads.set(change.protocol, change.road);
      break;
    case 'due':
      for (const sale of queuedIn(state.sales, change.protocol)) {
        const failing = sale.failure?.code === 'shop_unavailable';
        if (!(change.exceptFailing && failing)) Object.assign(sale, { notBefore: 0, delayMs: 0 });
      }
      break;
    case 'clock-set-back':
      for (const sale of state.sales) {
        if (sale.notBefore - sale.delayMs > change.now) Object.assign(sale, { notBefore: 0, delayMs: 0 });
      }
      break;
    case 'shop-time':
      state.shopTime = change.time;
      break;
    case 'moved':
      state.identity = { ...state.identity, url: change.url };
      break;
  }
}

export function queuedIn(sales: readonly Stored[], protocol: Protocol): Stored[] {
  return sales.filter((sale) => sale.state === 'queued' && sale.protocol === protocol);
}

export function pruneSales(
  sales: readonly Stored[],
  { acceptedBefore, after, dryRun }: PruneRequest,
): PruneSlice {
  const old = sales.filter(
    ({ seq, state, pruned, settledAt = 0 }) =>
      seq > after && state === 'accepted' && !pruned && settledAt < acceptedBefore,
  );
  if (!dryRun) for (const sale of old) sale.pruned = true;
  const bytes = old.reduce((sum, sale) => sum + sale.bytes, 0);
  return { sales: old.length, bytes, through: sales.length, more: false };
}

function resolve(
  state: MemoryState,
  { seq, saleId, digest }: Stored,
  { at, reason }: { at: number; reason: string },
): Partial<Stored> {
  const number = state.sales.filter((sale) => sale.state === 'resolved').length + 1;
  const link = { number, seq, saleId, at, reason, digest };
  state.resolutionChain = nextInResolutions(state.resolutionChain, link);
  return { state: 'resolved', resolution: { number, at, reason }, settledAt: at };
}

function noteConflict(state: MemoryState, name: ConflictName, last: Omit<Conflict, 'count'>): void {
  const count = (state.conflicts[name]?.count ?? 0) + 1;
  state.conflicts = { ...state.conflicts, [name]: { ...last, count } };
}

function update(
  { sales }: MemoryState,
  seq: number,
  state: Entry['state'],
  change: (sale: Stored) => Partial<Stored>,
): void {
  const sale = sales[seq - 1];
  if (sale?.state === state) Object.assign(sale, change(sale));
}
