import type { IdConflict, RecordResult } from '../../../entry.ts';
import type { SealedMessage } from '../../../sealed.ts';
import type { Connection } from '../connection/connection.ts';
import { ContentSecret } from '../files/content-secret.ts';
import { RowError } from '../files/errors.ts';
import { type HistoryRow, resolutionOf } from '../tables/rows.ts';

/** The sale that an id was given to first. */
interface KnownRow extends Pick<HistoryRow, 'resolution'> {
  seq: number;
  recordedAt: number;
  /** `null` where nothing was kept. */
  content: Uint8Array | null;
}

const COLUMNS = 'seq, recorded_at AS recordedAt, content';
const KNOWN = `SELECT ${COLUMNS}, NULL AS resolution FROM queue WHERE sale_id = ?
  UNION ALL SELECT ${COLUMNS}, resolution FROM history WHERE sale_id = ?`;

interface PartsRow {
  seq: number;
  recordedAt: number;
  parts: number;
}

const PART_ID = /^(.+)\.([1-9]\d{0,2})$/;
/** A sale's messages stand one a line; of one that is settled its receipts are left. */
const PARTS = `SELECT seq, recorded_at AS recordedAt, length(bodies) - length(replace(bodies, char(10), '')) + 1 AS parts
  FROM queue WHERE sale_id = ?
  UNION ALL SELECT seq, recorded_at, json_array_length(receipts) FROM history WHERE sale_id = ?`;

/** Tells the same sale under an id of the caller's own from another sale under it. */
export class Contents {
  readonly #connection: Connection;
  readonly #secret: ContentSecret;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#secret = new ContentSecret(connection.file);
  }

  /** What is kept of a sale to compare another with. Within a transaction that writes. @throws {OutboxError} */
  tag(saleId: string, content: string): Uint8Array {
    return this.#secret.tag(saleId, content);
  }

  /** @returns `undefined` where nothing was recorded under the id @throws {OutboxError} */
  recordedAs(saleId: string, content: string | undefined): RecordResult | undefined {
    const known = this.#connection.ask(() => this.#known(saleId));
    if (known === undefined) return this.#wholeOf(saleId);
    const { seq, recordedAt, content: tag } = known;
    const closed = this.#connection.ask(() => resolutionOf(known));
    const resolution = closed && { resolution: { reason: closed.reason, at: closed.at } };
    const repeat = { saleId, seq, repeated: true, recordedAt, created: false, ...resolution };
    if (tag === null || content === undefined) return { ...repeat, unverified: true };
    const compared = this.#secret.compare(tag, saleId, content);
    return compared === 'same' ? repeat : { conflict: compared, saleId, seq, recordedAt };
  }

  /** @returns the first of a sale's parts whose id another sale has */
  partTaken(messages: readonly SealedMessage[]): IdConflict | undefined {
    if (messages.length === 1) return;
    for (const { id: saleId } of messages) {
      const known = this.#connection.ask(() => this.#known(saleId));
      if (known) return { conflict: 'other_content', saleId, seq: known.seq, recordedAt: known.recordedAt };
    }
    return;
  }

  /** The parts of a sale have ids, too: that one is another sale's. */
  #wholeOf(saleId: string): IdConflict | undefined {
    const [, whole, part] = PART_ID.exec(saleId) ?? [];
    if (whole === undefined) return;
    const row = this.#connection.ask(() => this.#connection.get<PartsRow>(PARTS, whole, whole));
    if (row === undefined || row.parts === 1 || Number(part) > row.parts) return;
    return { conflict: 'other_content', saleId, seq: row.seq, recordedAt: row.recordedAt };
  }

  #known(saleId: string): KnownRow | undefined {
    const row = this.#connection.get<KnownRow>(KNOWN, saleId, saleId);
    if (row === undefined) return;
    const { seq, recordedAt, content } = row;
    const sound = content === null || content instanceof Uint8Array;
    if (typeof seq === 'number' && typeof recordedAt === 'number' && sound) return row;
    throw new RowError('a sale in it has invalid values');
  }
}
