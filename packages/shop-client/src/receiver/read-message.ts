import { parseObject } from '../core/jose.ts';
import { MAX_BODY_BYTES, type MessageV1, type MessageV2, recogniseMessage } from '../core/message.ts';
import { OpenError } from './open-error.ts';

/**
 * A body as the message that it is, with its known fields alone: what can be judged before any key is asked for.
 * @throws {OpenError} `too_large` (more than 256 KiB), `not_json` or `malformed`
 */
export function readMessage(body: string | Uint8Array): MessageV1 | MessageV2 {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (!(bytes instanceof Uint8Array)) throw new OpenError('not_json');
  if (bytes.length > MAX_BODY_BYTES) throw new OpenError('too_large');
  const value = parseObject(bytes);
  if (value === undefined) throw new OpenError('not_json');
  const message = recogniseMessage(value);
  if (message === undefined || ('content_base64' in message && !isBase64(message.content_base64))) {
    throw new OpenError('malformed');
  }
  return message;
}

/** Padded and with no stray bits (RFC 4648, 4), so that one ciphertext has one spelling. */
const isBase64 = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text;
