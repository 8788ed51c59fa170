/** The version of the wire format: see docs/protocol.md. */
export type Protocol = 1 | 2;

/** The bytes that are posted, and posted again, under one id. */
export interface SealedMessage {
  id: string;
  protocol: Protocol;
  body: string;
}

export interface SealedSale {
  shopId: string;
  saleId: string;
  protocol: Protocol;
  /** RFC 7638 thumbprint of the shop's key. */
  kid: string;
  /** One message; more where the sale goes in parts (docs/protocol.md). */
  messages: SealedMessage[];
}
