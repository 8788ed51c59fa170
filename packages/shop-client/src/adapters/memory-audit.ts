import { Audit, type Findings, type PrunedRun } from '../core/audit.ts';
import { chainRoot } from '../core/chain.ts';
import { runsOf } from '../core/runs.ts';
import type { EntryState } from '../entry.ts';
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
