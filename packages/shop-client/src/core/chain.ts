import crypto from 'node:crypto';

/** What is proved of a recorded sale, for good. */
export interface Link {
  seq: number;
  saleId: string;
  protocol: number;
  kid: string;
  recordedAt: number;
  /** digestOf() its messages. */
  digest: Uint8Array;
}

/** Whose sales these are: the first link hangs on it. */
export interface ChainRoot {
  outboxId: string;
  shopId: string;
  tillId: string | undefined;
}

/** SHA-256 over the messages' bodies, one a line: the very bytes that are posted. */
export function digestOf(bodies: string): Uint8Array {
  return sha256(bodies);
}

/** What stands before the first sale. */
export function chainRoot({ outboxId, shopId, tillId }: ChainRoot): Uint8Array {
  return sha256(JSON.stringify(['amis-outbox', 1, outboxId, shopId, tillId ?? null]));
}

/**
 * Each recorded sale is bound to all before it: `SHA-256(previous, link)`, so that none can be changed, left out or put
 * elsewhere without all later values changing.
 */
export function nextInChain(previous: Uint8Array, link: Link): Uint8Array {
  const { seq, saleId, protocol, kid, recordedAt, digest } = link;
  return sha256(JSON.stringify([hex(previous), seq, saleId, protocol, kid, recordedAt, hex(digest)]));
}

/** What is proved of a sale that a person resolved. */
export interface ResolutionLink {
  /** Its place among the resolutions of this outbox, from 1. */
  number: number;
  seq: number;
  saleId: string;
  at: number;
  reason: string;
  /** digestOf() the sale's messages. */
  digest: Uint8Array;
}

/** Each resolution is bound to all before it, as sales are. */
export function nextInResolutions(previous: Uint8Array, link: ResolutionLink): Uint8Array {
  const { number, seq, saleId, at, reason, digest } = link;
  return sha256(
    JSON.stringify(['amis-resolution', hex(previous), number, seq, saleId, at, reason, hex(digest)]),
  );
}

function sha256(text: string): Uint8Array {
  return crypto.hash('sha256', text, 'buffer');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
