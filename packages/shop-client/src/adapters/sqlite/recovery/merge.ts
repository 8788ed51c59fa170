import { digestOf, nextInChain } from '../../../core/chain.ts';
import type { Connection } from '../connection/connection.ts';
import { carryConflicts } from '../tables/conflicts.ts';
import { Reader } from '../tables/reader.ts';
import { type HistoryRow, type LedgerRow, type QueueRow, resolutionOf } from '../tables/rows.ts';
import {
  insertRow,
  isPruned,
  rowAt,
  type SaleRow,
  sameChain,
  stateOf,
  toRejected,
} from '../tables/sale-rows.ts';
import { resolve } from '../writing/resolve.ts';
import { noteLedger } from '../writing/writer.ts';

/** What one outbox lacked of another. */
export interface Merged {
  /** Sales that were added, and how many of them under another number: theirs was given to another sale meanwhile. */
  added: number;
  renumbered: number;
  /** Sales whose outcome was added. */
  settled: number;
  /** Numbers under which the source could no longer be read. */
  unread: number;
}

/**
 * Adds to an outbox what another one, that was once the same, has beyond it of sales and outcomes; in one transaction.
 * @param except ids of sales that were never acknowledged: left out where no other sale stands behind them
 * @throws {OutboxError} nothing was added
 */
export function mergeSales(source: Connection, target: Connection, except: ReadonlySet<string>): Merged {
  return target.transactPatiently(() => new Merge(source, target).run(except));
}

interface PrunedRow {
  accepted: number;
  bytes: number;
}

class Merge {
  readonly #source: Connection;
  readonly #target: Connection;
  readonly #ledger: LedgerRow;
  readonly #merged: Merged = { added: 0, renumbered: 0, settled: 0, unread: 0 };

  constructor(source: Connection, target: Connection) {
    this.#source = source;
    this.#target = target;
    this.#ledger = new Reader(target).ledger();
  }

  run(except: ReadonlySet<string>): Merged {
    const { recorded } = this.#ledger;
    const extra = withoutLast(this.#beyond(recorded), except);
    this.#settleKnown();
    this.#addPruned(recorded);
    for (const row of extra) this.#add(row);
    noteLedger(this.#target, this.#ledger);
    this.#suspectAll();
    return this.#merged;
  }

  /** The source's sales after the last one that both have, by number. */
  #beyond(recorded: number): SaleRow[] {
    const rows: SaleRow[] = [];
    for (let seq = this.#lastOfSource(); seq > 0; seq--) {
      const row = rowAt(this.#source, seq);
      const known = seq <= recorded ? rowAt(this.#target, seq) : undefined;
      if (row && known && sameChain(row, known)) break;
      if (row) rows.unshift(row);
      else if (seq <= recorded) break;
      else if (!isPruned(this.#source, seq)) this.#merged.unread += 1;
    }
    return rows;
  }

  #lastOfSource(): number {
    const last = (table: 'queue' | 'history') => {
      try {
        return this.#source.get<{ seq: number | null }>(`SELECT max(seq) AS seq FROM ${table}`)?.seq ?? 0;
      } catch {
        return 0;
      }
    };
    return Math.max(last('queue'), last('history'));
  }

  /** Outcomes that the target lacks of sales that both have. */
  #settleKnown(): void {
    const queued = this.#target.all<QueueRow>('SELECT * FROM queue ORDER BY seq');
    for (const row of queued) {
      const theirs = rowAt(this.#source, row.seq);
      if (theirs === undefined || !sameChain(theirs, row) || stateOf(theirs) === stateOf(row)) continue;
      if (stateOf(theirs) === 'queued') continue;
      this.#forget(row);
      this.#insert(theirs, row);
      this.#merged.settled += 1;
    }
  }

  /** Accepted sales that the source no longer keeps one by one. */
  #addPruned(recorded: number): void {
    const ledger = this.#ledger;
    for (const run of this.#source.all<PrunedRow>('SELECT * FROM pruned WHERE first > ?', recorded)) {
      insertRow(this.#target, 'pruned', run);
      ledger.accepted += run.accepted;
      ledger.settledBytes += run.bytes;
      ledger.recordedBytes += run.bytes;
    }
  }

  #add(row: SaleRow): void {
    if (new Reader(this.#target).find(row.sale_id) !== undefined) return;
    const ledger = this.#ledger;
    const taken = row.seq <= ledger.recorded;
    if (taken || this.#merged.renumbered > 0) this.#merged.renumbered += 1;
    const seq = this.#merged.renumbered > 0 ? ledger.recorded + 1 : row.seq;
    const { digest, bytes } = contentOf(row);
    const { sale_id: saleId, protocol, kid, recorded_at: recordedAt } = row;
    const next = nextInChain(ledger.chain, { seq, saleId, protocol, kid, recordedAt, digest });
    const chain = seq > ledger.recorded + 1 ? row.chain : next;
    const recordedBytes = ledger.recordedBytes + bytes;
    Object.assign(ledger, { recorded: seq, recordedBytes, chain });
    this.#insert(row, { seq, chain, recorded_bytes: recordedBytes });
    this.#merged.added += 1;
  }

  /** A row of the source, at this place in the target. */
  #insert(row: SaleRow, place: Pick<QueueRow, 'seq' | 'chain' | 'recorded_bytes'>): void {
    const state = stateOf(row);
    const { bytes } = contentOf(row);
    if (state === 'accepted') {
      insertRow(this.#target, 'history', { ...row, seq: place.seq, chain: place.chain });
      this.#ledger.accepted += 1;
    } else {
      const { seq, chain, recorded_bytes } = place;
      insertRow(this.#target, 'queue', { ...toRejected(row), seq, chain, recorded_bytes });
      if (state !== 'queued') this.#ledger.rejected += 1;
    }
    if (state !== 'queued') this.#ledger.settledBytes += bytes;
    if (state === 'resolved') this.#resolve(row as HistoryRow, place.seq);
  }

  /** Anew: the place among the resolutions may be another. */
  #resolve(row: HistoryRow, seq: number): void {
    const { at, reason } = resolutionOf(row) ?? { at: row.accepted_at, reason: '' };
    resolve(this.#target, { type: 'resolved', seq, at, reason }, this.#ledger, 0);
  }

  #forget(row: QueueRow): void {
    this.#target.run('DELETE FROM queue WHERE seq = ?', row.seq);
    if (row.rejected !== 1) return;
    this.#ledger.rejected -= 1;
    this.#ledger.settledBytes -= contentOf(row).bytes;
  }

  /**
   * What was under way when the files were exchanged may have arrived, and so may what an earlier process left behind; and lease
   * numbers go on growing.
   */
  #suspectAll(): void {
    const { recorded } = this.#ledger;
    const suspects = this.#keepSignature() ?? recorded;
    this.#target.run('UPDATE deliverer SET suspect_through = ?', suspects);
    const row = this.#source.get<{ fence: number }>('SELECT fence FROM ledger');
    this.#target.run('UPDATE ledger SET fence = max(fence, ?)', row?.fence ?? 0);
    carryConflicts(this.#source, this.#target);
  }

  /** @returns up to which number sales may have been posted, where it is known that nobody delivered at that moment */
  #keepSignature(): number | undefined {
    const signed = this.#source.get<Signature>(
      'SELECT pid, host, since, released, suspect_through AS suspects FROM deliverer',
    );
    if (signed === undefined) return;
    const { pid, host, since, released, suspects } = signed;
    const isNew = this.#target.get('SELECT id FROM deliverer') === undefined;
    this.#target.run(
      `INSERT INTO deliverer (id, pid, host, since, released, suspect_through) VALUES (1, ?, ?, ?, ?, 0)
       ON CONFLICT (id) DO UPDATE SET pid = excluded.pid, host = excluded.host, since = excluded.since, released = 0
       WHERE released = 1 AND excluded.released = 0`,
      pid,
      host,
      since,
      released,
    );
    return released === 1 && isNew && this.#merged.renumbered === 0 ? suspects : undefined;
  }
}

/** Of who goes on delivering: it may have been in the part that is lost, and whoever is next must know of it. */
interface Signature {
  pid: number;
  host: string;
  since: number;
  released: number;
  suspects: number;
}

/** One that others stand behind stays: they are chained to it. */
function withoutLast(rows: readonly SaleRow[], except: ReadonlySet<string>): readonly SaleRow[] {
  return rows.slice(0, rows.findLastIndex(({ sale_id }) => !except.has(sale_id)) + 1);
}

function contentOf(row: SaleRow): { digest: Uint8Array; bytes: number } {
  if ('bodies' in row) return { digest: digestOf(row.bodies), bytes: Buffer.byteLength(row.bodies) };
  return { digest: row.digest, bytes: row.bytes };
}
