import type { Road } from '../../../core/road.ts';
import type { ShopTime } from '../../../core/shop-time.ts';
import type { Entry, LastFailure, Resolution } from '../../../entry.ts';
import type { Protocol, SealedMessage } from '../../../sealed.ts';
import { RowError } from '../files/errors.ts';
import { partId, readReceipts } from './receipts.ts';

/** The last recorded sale, or what stands before the first. */
export interface Head {
  recorded: number;
  /** Bytes of all messages up to here. */
  recordedBytes: number;
  chain: Uint8Array;
}

/** The one row of the table `ledger`. */
export interface LedgerRow extends Head {
  outboxId: string;
  shopId: string;
  tillId: string | null;
  url: string;
  createdAt: number;
  accepted: number;
  rejected: number;
  resolved: number;
  settledBytes: number;
  resolutionChain: Uint8Array;
  /** Of the newest lease. */
  fence: number;
}

/** Of the table `road`. */
export interface RoadRow extends Omit<Road, 'held'> {
  held: string | null;
}

interface Row {
  seq: number;
  sale_id: string;
  protocol: number;
  kid: string;
  recorded_at: number;
  chain: Uint8Array;
  /** Contents.tag() */
  content: Uint8Array | null;
  attempts: number;
  /** storeReceipts() */
  receipts: string;
}

/** A sale that is queued or rejected. */
export interface QueueRow extends Row {
  recorded_bytes: number;
  rejected: number;
  may_have_arrived: number;
  not_before: number;
  delay_ms: number;
  failure: string | null;
  /** The messages' bodies, one a line. */
  bodies: string;
}

/** A sale that the shop has accepted, or that a person has resolved. */
export interface HistoryRow extends Row {
  bytes: number;
  digest: Uint8Array;
  /** When it was accepted or resolved. */
  accepted_at: number;
  /** Of one that was accepted: whether an earlier post may have arrived; `null` where an earlier release did not note it. */
  may_have_arrived: number | null;
  /** StoredResolution as JSON, of one that was resolved. */
  resolution: string | null;
}

/** What is kept of a resolved sale: all of it, for a person may have taken the wrong one. */
export interface StoredResolution extends Resolution {
  /** Its place among the resolutions of this outbox, from 1. */
  number: number;
  failure: LastFailure;
  bodies: string;
}

export const LEDGER = `SELECT outbox_id AS outboxId, shop_id AS shopId, till_id AS tillId, url, created_at AS createdAt,
  recorded, recorded_bytes AS recordedBytes, chain, accepted, rejected, resolved, settled_bytes AS settledBytes,
  resolution_chain AS resolutionChain, fence FROM ledger`;

/**
 * @param suspectThrough up to which number a process that died may have posted
 * @throws {RowError}
 */
export function queuedEntry(row: QueueRow, suspectThrough: number): Entry {
  return decode('a sale', () => readQueued(row, suspectThrough));
}

/** @throws {RowError} */
export function settledEntry(row: HistoryRow): Entry {
  return decode('a sale', () => (row.resolution === null ? readAccepted(row) : readResolved(row)));
}

/** @throws {RowError} */
export function resolutionOf({ resolution }: Pick<HistoryRow, 'resolution'>): StoredResolution | undefined {
  if (resolution === null) return;
  return decode('a resolution', () => JSON.parse(resolution) as StoredResolution);
}

/** @throws {RowError} */
export function ledgerOf(row: LedgerRow): LedgerRow {
  return decode('its ledger', () => checked(row, LEDGER_KINDS));
}

/** @throws {RowError} */
export function headOf(row: Head): Head {
  return decode('its last sale', () => checked(row, HEAD_KINDS));
}

/** @throws {RowError} */
export function roadOf(row: RoadRow): Road {
  return decode('the road', () => ({
    ...checked(row, ROAD_KINDS),
    held: row.held === null ? undefined : JSON.parse(row.held),
  }));
}

/** @throws {RowError} */
export function shopTimeOf(stored: string | null): ShopTime | undefined {
  if (stored === null) return;
  return decode('the time', () => {
    const { shopAt, clockAt } = JSON.parse(stored) as ShopTime;
    if (!Number.isFinite(shopAt) || !Number.isFinite(clockAt)) throw new TypeError('no time');
    return { shopAt, clockAt };
  });
}

function decode<T>(what: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    throw new RowError(`what it says of ${what} makes no sense`, { cause });
  }
}

type Kind = 'number' | 'string' | 'bytes';

const HEAD_KINDS = { recorded: 'number', recordedBytes: 'number', chain: 'bytes' } as const;
const LEDGER_KINDS = {
  ...HEAD_KINDS,
  outboxId: 'string',
  shopId: 'string',
  url: 'string',
  createdAt: 'number',
  accepted: 'number',
  rejected: 'number',
  resolved: 'number',
  settledBytes: 'number',
  resolutionChain: 'bytes',
  fence: 'number',
} as const;
const ROAD_KINDS = { failures: 'number', notBefore: 'number', delayMs: 'number' } as const;
const SALE_KINDS = {
  seq: 'number',
  sale_id: 'string',
  protocol: 'number',
  kid: 'string',
  recorded_at: 'number',
  chain: 'bytes',
  attempts: 'number',
  receipts: 'string',
} as const;
const QUEUE_KINDS = {
  ...SALE_KINDS,
  recorded_bytes: 'number',
  not_before: 'number',
  bodies: 'string',
} as const;
const HISTORY_KINDS = { ...SALE_KINDS, bytes: 'number', digest: 'bytes', accepted_at: 'number' } as const;

/** SQLite believes what stands on a page, also where a column cannot have such a value. */
function checked<Row extends object>(row: Row, kinds: { [Column in keyof Row]?: Kind }): Row {
  for (const column in kinds) {
    const value: unknown = row[column];
    const is = value instanceof Uint8Array ? 'bytes' : typeof value;
    if (is !== kinds[column]) throw new TypeError(`${column} is ${is}`);
  }
  return row;
}

function readQueued(row: QueueRow, suspectThrough: number): Entry {
  checked(row, QUEUE_KINDS);
  const failure = row.failure === null ? undefined : (JSON.parse(row.failure) as LastFailure);
  const messages = messagesOf(row);
  const common = entry(row);
  if (common.receipts.length >= messages.length) throw new SyntaxError('more parts accepted than there are');
  return {
    ...common,
    state: row.rejected === 1 ? 'rejected' : 'queued',
    bytes: Buffer.byteLength(row.bodies),
    messages,
    mayHaveArrived: row.may_have_arrived === 1 || row.seq <= suspectThrough,
    notBefore: row.not_before,
    delayMs: row.delay_ms,
    failure,
    settledAt: row.rejected === 1 ? failure?.at : undefined,
  };
}

function readAccepted(row: HistoryRow): Entry {
  checked(row, HISTORY_KINDS);
  const common = entry(row);
  const postedMoreThanOnce = common.attempts > common.receipts.length;
  return {
    ...common,
    state: 'accepted',
    bytes: row.bytes,
    messages: [],
    mayHaveArrived: row.may_have_arrived === null ? postedMoreThanOnce : row.may_have_arrived === 1,
    notBefore: 0,
    delayMs: 0,
    settledAt: row.accepted_at,
  };
}

function readResolved(row: HistoryRow): Entry {
  const { reason, at, failure, bodies } = resolutionOf(row) as StoredResolution;
  return {
    ...readAccepted(row),
    state: 'resolved',
    messages: messagesOf({ ...row, bodies }),
    mayHaveArrived: row.may_have_arrived === 1,
    failure,
    resolution: { reason, at },
  };
}

function entry(row: Row) {
  return {
    seq: row.seq,
    saleId: row.sale_id,
    protocol: row.protocol as Protocol,
    kid: row.kid,
    recordedAt: row.recorded_at,
    attempts: row.attempts,
    receipts: readReceipts(row),
  };
}

function messagesOf({
  sale_id,
  protocol,
  bodies,
}: Pick<QueueRow, 'sale_id' | 'protocol' | 'bodies'>): SealedMessage[] {
  return bodies
    .split('\n')
    .map((body, i, { length }) => ({ id: partId(sale_id, i, length), protocol: protocol as Protocol, body }));
}
