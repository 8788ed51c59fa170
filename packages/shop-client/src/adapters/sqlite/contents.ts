import type { RecordResult } from '../../outbox.ts';
import type { Connection } from './connection.ts';
import { ContentSecret } from './content-secret.ts';
import { RowError } from './errors.ts';

/** The sale that an id was given to first. */
interface KnownRow {
  seq: number;
  recordedAt: number;
  /** `null` where nothing was kept. */
  content: Uint8Array | null;
}

const COLUMNS = 'seq, recorded_at AS recordedAt, content';
const KNOWN = `SELECT ${COLUMNS} FROM queue WHERE sale_id = ? UNION ALL SELECT ${COLUMNS} FROM history WHERE sale_id = ?`;

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
    if (known === undefined) return;
    const { seq, recordedAt, content: tag } = known;
    const repeat = { saleId, seq, repeated: true, recordedAt, created: false };
    if (tag === null || content === undefined) return { ...repeat, unverified: true };
    const compared = this.#secret.compare(tag, saleId, content);
    return compared === 'same' ? repeat : { conflict: compared, saleId, seq, recordedAt };
  }

  #known(saleId: string): KnownRow | undefined {
    const row = this.#connection.get<KnownRow>(KNOWN, saleId, saleId);
    if (row === undefined) return;
    const { seq, recordedAt, content } = row;
    const sound = content === null || content instanceof Uint8Array;
    if (typeof seq === 'number' && typeof recordedAt === 'number' && sound) return row;
    throw new RowError('what it says of a sale makes no sense');
  }
}
