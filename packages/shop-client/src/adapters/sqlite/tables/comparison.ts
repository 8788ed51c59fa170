import { isAsRecorded, type Place } from '../../../core/altered.ts';
import { chainRoot, digestOf, type Link, nextInChain } from '../../../core/chain.ts';
import type { Entry } from '../../../entry.ts';
import type { Connection } from '../connection/connection.ts';
import { LEDGER, type LedgerRow, ledgerOf } from './rows.ts';
import { rowAt } from './sale-rows.ts';

interface ChainsRow {
  own: Uint8Array;
  previous: Uint8Array | null;
}

/** With a place for each value: Node 22.13 cannot give one value to several. */
const CHAINS = `SELECT chain AS own, coalesce(
    (SELECT chain FROM queue WHERE seq = ? - 1),
    (SELECT chain FROM history WHERE seq = ? - 1),
    (SELECT chain FROM pruned WHERE through = ? - 1)) AS previous
  FROM queue WHERE seq = ? AND sale_id = ?`;

const MOST_REMEMBERED = 256;

/** Compares queued sales with what was recorded. Of sales that are read one after the other it asks the file nothing more. */
export class Comparison {
  readonly #connection: Connection;
  /** Values of the chain as they were read, by number. One that is out of date proves nothing, and the file is asked. */
  readonly #chains = new Map<number, Uint8Array>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  remember({ seq, chain }: { seq: number; chain: Uint8Array }): void {
    if (this.#chains.size >= MOST_REMEMBERED) this.#chains.clear();
    this.#chains.set(seq, chain);
  }

  /**
   * Whether a queued sale, as it was read, is not what was recorded. Where the file has no such sale by now, it is not compared.
   * @throws {OutboxError}
   */
  isAltered({ seq, saleId, protocol, kid, recordedAt, messages }: Entry): boolean {
    const digest = digestOf(messages.map(({ body }) => body).join('\n'));
    const link: Link = { seq, saleId, protocol, kid, recordedAt, digest };
    const connection = this.#connection;
    if (follows(this.#chains.get(seq), this.#chains.get(seq - 1), link)) return false;
    return connection.ask(
      () =>
        !this.#isSound(link) &&
        connection.read(() => !this.#isSound(link) && !isAsRecorded(seq, placesIn(connection, link))),
    );
  }

  #isSound(link: Link): boolean {
    const { seq, saleId } = link;
    const chains = this.#connection.get<ChainsRow>(CHAINS, seq, seq, seq, seq, saleId);
    return chains === undefined || follows(chains.own, chains.previous, link);
  }
}

function follows(own: Uint8Array | undefined, previous: Uint8Array | null | undefined, link: Link): boolean {
  if (!(own instanceof Uint8Array && previous instanceof Uint8Array)) return false;
  return Buffer.compare(nextInChain(previous, link), own) === 0;
}

/** @param link of the sale in question, as it would be posted */
function placesIn(connection: Connection, link: Link): (seq: number) => Place | undefined {
  const { tillId, ...ledger } = ledgerOf(connection.get<LedgerRow>(LEDGER) as LedgerRow);
  const root = chainRoot({ ...ledger, tillId: tillId ?? undefined });
  const read = (seq: number): Place | undefined => {
    if (seq === 0) return { chains: [root] };
    const noted = ledger.recorded === seq ? [ledger.chain] : [];
    const row = rowAt(connection, seq);
    if (row) return { chains: [row.chain, ...noted], link: seq === link.seq ? link : linkOf(row) };
    const run = connection.get<{ chain: Uint8Array }>('SELECT chain FROM pruned WHERE through = ?', seq);
    return run?.chain instanceof Uint8Array ? { chains: [run.chain, ...noted] } : undefined;
  };
  const places = new Map<number, Place | undefined>();
  return (seq) => {
    if (!places.has(seq)) places.set(seq, read(seq));
    return places.get(seq);
  };
}

function linkOf(row: NonNullable<ReturnType<typeof rowAt>>): Link {
  const { seq, sale_id: saleId, protocol, kid, recorded_at: recordedAt } = row;
  const digest = 'bodies' in row ? digestOf(row.bodies) : row.digest;
  return { seq, saleId, protocol, kid, recordedAt, digest };
}
