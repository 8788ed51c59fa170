import { OpenError, readMessage } from '@amis-shop/shop-client/receiver';

export type Judged = { kind: 'message' | 'rubbish'; text: string; reason?: string } | { kind: 'too-large' };

/** As much of what is no message as is kept for those who wonder about it, in bytes. */
const KEPT_OF_RUBBISH = 65_536;

/** SNS and SQS carry the characters of XML; in JSON all others can be escaped, and no till has need of them. */
const PRINTABLE = /^[ -~]*$/;

/** What to publish for a posted body: the known fields of a message, or the beginning of what is none, as base64. */
export function toPublish(body: Uint8Array): Judged {
  try {
    const text = JSON.stringify(readMessage(body));
    return PRINTABLE.test(text) ? { kind: 'message', text } : rubbish(body, 'malformed');
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    return error.code === 'too_large' ? { kind: 'too-large' } : rubbish(body, error.code);
  }
}

const rubbish = (body: Uint8Array, reason: string): Judged => ({
  kind: 'rubbish',
  reason,
  text: JSON.stringify({ rubbish_base64: Buffer.from(body.subarray(0, KEPT_OF_RUBBISH)).toString('base64') }),
});
