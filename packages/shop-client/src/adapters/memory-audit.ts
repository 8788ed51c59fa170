import { isAsRecorded } from '../core/altered.ts';
import { Audit, type Findings, type PrunedRun } from '../core/audit.ts';
import { chainRoot, digestOf } from '../core/chain.ts';
import { runsOf } from '../core/runs.ts';
import type { Entry, EntryState } from '../entry.ts';
import type { Totals } from '../outbox.ts';
import type { MemoryState, Stored } from './memory-settle.ts';

export function totalsOf(sales: readonly Stored[]): Totals {
  const of = (state: EntryState) => sales.filter((sale) => sale.state === state);
  const queued = of('queued');
  return {
    recorded: sales.length,
    accepted: of('accepted').length,
    queued: queued.length,
    rejected: of('rejected').length,
    resolved: of('resolved').length,
    queuedBytes: queued.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Whether a queued sale, as it was read, is not what was recorded. */
export function isAlteredIn({ identity, sales }: MemoryState, entry: Entry): boolean {
  const stored = sales[entry.seq - 1];
  if (stored?.state !== 'queued' || stored.saleId !== entry.saleId) return false;
  const digest = digestOf(entry.messages.map(({ body }) => body).join('\n'));
  return !isAsRecorded(entry.seq, (seq) => {
    if (seq === 0) return { chains: [chainRoot(identity)] };
    const sale = sales[seq - 1];
    return sale && { chains: [sale.chain], link: seq === entry.seq ? { ...entry, digest } : sale };
  });
}

/** Recounts all sales of an outbox in memory, and recomputes their chain. */
export function auditOf({ identity, sales, resolutionChain }: MemoryState): Findings {
  const { recorded, accepted, rejected, resolved, queuedBytes } = totalsOf(sales);
  const recordedBytes = sales.reduce((sum, { bytes }) => sum + bytes, 0);
  const audit = new Audit({
    ...identity,
    recorded,
    recordedBytes,
    chain: sales.at(-1)?.chain ?? chainRoot(identity),
    accepted,
    rejected,
    resolved,
    settledBytes: recordedBytes - queuedBytes,
    resolutionChain,
  });
  /** The sales before a run of pruned ones, and the run; or all that are left. */
  const auditUpTo = (run?: PrunedRun) => {
    for (const sale of sales.slice(audit.seq, run && run.first - 1)) audit.sale(sale);
    if (run) audit.pruned(run);
  };
  for (const run of runsOf(sales.filter(({ pruned }) => pruned))) auditUpTo(run);
  auditUpTo();
  return audit.findings();
}
