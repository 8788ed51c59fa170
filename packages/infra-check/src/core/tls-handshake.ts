import { createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** What a server says in its handshake and Node does not pass on (RFC 5246 and 8446). */
export interface ServerHandshake {
  /** DER, as sent and in that order; undefined where no Certificate message could be read. */
  certificates: Buffer[] | undefined;
  certificateRequested: boolean;
}

const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const CHANGE_CIPHER_SPEC = 20;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const CERTIFICATE_REQUEST = 13;
const FINISHED = 20;

/** The cipher suites of TLS 1.3. */
const SUITES: Readonly<
  Record<
    number,
    { cipher: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305'; hash: string; keyBytes: number }
  >
> = {
  4865: { cipher: 'aes-128-gcm', hash: 'sha256', keyBytes: 16 },
  4866: { cipher: 'aes-256-gcm', hash: 'sha384', keyBytes: 32 },
  4867: { cipher: 'chacha20-poly1305', hash: 'sha256', keyBytes: 32 },
};

/**
 * Reads what the server sent before its Finished message.
 * @param received the raw bytes of the connection from the server, from their beginning
 * @param secret the server's handshake traffic secret of TLS 1.3; undefined for TLS 1.2, where nothing is encrypted yet
 */
export function readServerHandshake(received: Buffer, secret: Buffer | undefined): ServerHandshake {
  const seen: ServerHandshake = { certificates: undefined, certificateRequested: false };
  const isTls13 = secret !== undefined;
  for (const [type, body] of messagesOf(handshakeParts(received, secret))) {
    if (type === CERTIFICATE) seen.certificates = certificatesOf(body, isTls13);
    if (type === CERTIFICATE_REQUEST) seen.certificateRequested = true;
    // TLS 1.3 asks for a certificate before it shows its own.
    if (type === FINISHED || (isTls13 && type === CERTIFICATE)) break;
  }
  return seen;
}

/** What the records hold of handshake messages, decrypted where need be, as far as somebody asks for it. */
function* handshakeParts(received: Buffer, secret: Buffer | undefined): Generator<Buffer> {
  const plain: Buffer[] = [];
  let open: ((header: Buffer, sealed: Buffer) => Buffer | undefined) | undefined;
  for (const [type, header, body] of recordsOf(received)) {
    if (type === HANDSHAKE) {
      plain.push(body);
      yield body;
    }
    if (type === CHANGE_CIPHER_SPEC && secret === undefined) return;
    if (type !== APPLICATION_DATA || secret === undefined) continue;
    open ??= opener(secret, suiteOf(plain));
    const opened = open?.(header, body);
    if (opened === undefined) return;
    yield opened;
  }
}

function* recordsOf(bytes: Buffer): Generator<[type: number, header: Buffer, body: Buffer]> {
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    if (end > bytes.length) return;
    yield [bytes.readUInt8(at), bytes.subarray(at, at + 5), bytes.subarray(at + 5, end)];
    at = end;
  }
}

const HEADER_BYTES = 4;

/** A message may be spread over several records, and a record may hold several messages. */
function* messagesOf(parts: Iterable<Buffer>): Generator<[type: number, body: Buffer]> {
  let held: Buffer[] = [];
  let size = 0;
  let wanted = HEADER_BYTES;
  for (const part of parts) {
    held.push(part);
    size += part.length;
    if (size < wanted) continue;
    const bytes = Buffer.concat(held);
    let at = 0;
    for (wanted = sizeAt(bytes, at); at + wanted <= size; wanted = sizeAt(bytes, at)) {
      yield [bytes.readUInt8(at), bytes.subarray(at + HEADER_BYTES, at + wanted)];
      at += wanted;
    }
    held = [bytes.subarray(at)];
    size -= at;
  }
}

/** Of the message there; of its header, where not even that has come. */
const sizeAt = (bytes: Buffer, at: number): number =>
  HEADER_BYTES + (at + HEADER_BYTES <= bytes.length ? bytes.readUIntBE(at + 1, 3) : 0);

/** The suite stands behind version, random and session id; a retry request names the same one. */
function suiteOf(plain: readonly Buffer[]): number | undefined {
  for (const [type, body] of messagesOf(plain)) {
    if (type !== SERVER_HELLO || body.length < 35) continue;
    const at = 35 + body.readUInt8(34);
    return at + 2 <= body.length ? body.readUInt16BE(at) : undefined;
  }
  return;
}

/** RFC 8446, 5.2 and 7.3: opens the server's handshake records, one after another. */
function opener(secret: Buffer, suite: number | undefined) {
  const known = SUITES[suite ?? 0];
  if (!known) return;
  const { cipher, hash, keyBytes } = known;
  // Node takes longer to refuse a buffer as a key object than to make one.
  const traffic = createSecretKey(secret);
  const key = createSecretKey(expandLabel(traffic, hash, 'key', keyBytes));
  const iv = expandLabel(traffic, hash, 'iv', 12);
  let sequence = 0;
  return (header: Buffer, sealed: Buffer): Buffer | undefined => {
    if (sealed.length < 17) return;
    const nonce = Buffer.from(iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8);
    sequence += 1;
    const decipher = createDecipheriv(cipher as 'aes-128-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(header);
    decipher.setAuthTag(sealed.subarray(-16));
    try {
      return unpadded(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]));
    } catch {
      return;
    }
  };
}

/** The type of the content stands behind it, zeros behind that. */
function unpadded(inner: Buffer): Buffer | undefined {
  let end = inner.length - 1;
  while (end > 0 && inner[end] === 0) end -= 1;
  return inner[end] === HANDSHAKE ? inner.subarray(0, end) : undefined;
}

/** HKDF-Expand-Label with an empty context, for at most one block of the hash (RFC 8446, 7.1). */
function expandLabel(secret: KeyObject, hash: string, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}

/** The list of a Certificate message; in TLS 1.3 each entry has extensions behind it. */
function certificatesOf(body: Buffer, isTls13: boolean): Buffer[] | undefined {
  const certificates: Buffer[] = [];
  let at = isTls13 ? 1 + (body[0] ?? 0) : 0;
  if (at + 3 > body.length) return;
  const end = at + 3 + body.readUIntBE(at, 3);
  at += 3;
  while (at + 3 <= Math.min(end, body.length)) {
    const next = at + 3 + body.readUIntBE(at, 3);
    if (next > body.length) return;
    certificates.push(body.subarray(at + 3, next));
    if (isTls13 && next + 2 > body.length) return;
    at = isTls13 ? next + 2 + body.readUInt16BE(next) : next;
  }
  return certificates;
}
