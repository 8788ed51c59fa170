import type { Protocol } from './sealed.ts';

/** The shop has accepted the sale. */
export interface Receipt {
  status: 'accepted';
  saleId: string;
  shopId: string;
  keyAlias: string;
  /** RFC 7638 thumbprint of the key that it was sealed for. */
  kid: string;
  protocol: Protocol;
  url: string;
  statusCode: number;
  /** The answer's body: the JSON string `"OK"`. */
  content: string;
  /** API Gateway's `x-amzn-requestid`, by which the shop finds the request in its logs. */
  requestId: string | undefined;
  /** How many posts it took. */
  attempts: number;
  durationMs: number;
  /** The till's own number of the sale, where it went by an outbox. */
  seq?: number;
  /** Whether the shop said that it had this id before, of another sale: it kept this one apart and did not book it. */
  saleIdConflict?: true;
  /** Where the sale went in several messages. */
  parts?: PartReceipt[];
}

export interface PartReceipt {
  saleId: string;
  statusCode: number;
  content: string;
  requestId: string | undefined;
  attempts: number;
  /** Of this message, as in the receipt. */
  saleIdConflict?: true;
}
