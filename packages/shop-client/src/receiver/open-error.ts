/** Why a message was not opened: for logs and dead letters, never for the sender. */
export type OpenErrorCode =
  | 'too_large'
  | 'not_json'
  | 'malformed'
  | 'unknown_shop'
  | 'unknown_key'
  | 'wrong_header'
  | 'decrypt'
  | 'signature'
  | 'disagreement'
  | 'invalid_sale'
  | 'invalid_number';

/** One uniform message for every cause, so that an answer built from it teaches an attacker nothing. */
export class OpenError extends Error {
  readonly code: OpenErrorCode;

  constructor(code: OpenErrorCode) {
    super('The message could not be opened.');
    this.name = 'OpenError';
    this.code = code;
  }
}
