import type { Entry, LastFailure } from '../../outbox.ts';
import type { PartReceipt } from '../../receipt.ts';
import type { Protocol, SealedMessage } from '../../sealed.ts';

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
  settledBytes: number;
}

interface Row {
  seq: number;
  sale_id: string;
  protocol: number;
  kid: string;
  recorded_at: number;
  chain: Uint8Array;
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

/** A sale that the shop has accepted. */
export interface HistoryRow extends Row {
  bytes: number;
  digest: Uint8Array;
  accepted_at: number;
}

export const LEDGER = `SELECT outbox_id AS outboxId, shop_id AS shopId, till_id AS tillId, url, created_at AS createdAt,
  recorded, recorded_bytes AS recordedBytes, chain, accepted, rejected, settled_bytes AS settledBytes FROM ledger`;

/** @param suspectThrough up to which number a process that died may have posted */
export function queuedEntry(row: QueueRow, suspectThrough: number): Entry {
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

export function acceptedEntry(row: HistoryRow): Entry {
  return {
    ...entry(row),
    state: 'accepted',
    bytes: row.bytes,
    messages: [],
    mayHaveArrived: true,
    notBefore: 0,
    delayMs: 0,
    settledAt: row.accepted_at,
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

function messagesOf({ sale_id, protocol, bodies }: QueueRow): SealedMessage[] {
  return bodies
    .split('\n')
    .map((body, i, { length }) => ({ id: partId(sale_id, i, length), protocol: protocol as Protocol, body }));
}

/** What follows from the rest of the row is not stored again: the parts' ids, and the one body that means acceptance. */
export function storeReceipts(receipts: readonly PartReceipt[]): string {
  return JSON.stringify(
    receipts.map(({ statusCode, requestId, attempts }) => [statusCode, requestId ?? null, attempts]),
  );
}

function readReceipts({ sale_id, receipts }: Row): PartReceipt[] {
  const stored = JSON.parse(receipts) as [number, string | null, number][];
  if (!Array.isArray(stored) || !stored.every((part) => Array.isArray(part) && Number.isInteger(part[2]))) {
    throw new SyntaxError('no receipts');
  }
  return stored.map(([statusCode, requestId, attempts], i) => ({
    saleId: partId(sale_id, i, stored.length),
    statusCode,
    content: '"OK"',
    requestId: requestId ?? undefined,
    attempts,
  }));
}

function partId(saleId: string, i: number, parts: number): string {
  return parts === 1 ? saleId : `${saleId}.${i + 1}`;
}
