import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { type FetchedKey, importShopKey } from '../core/shop-key.ts';
import { makeDirectory, replaceFile, syncDirectory, writeSynced } from './durable-file.ts';

/** A public key on disk, and what it was fetched for. */
export interface KeyCopy {
  key: FetchedKey;
  file: string;
  keyAlias: string;
  /** Where KMS was asked; '' is AWS itself. Not known of a copy that an earlier release made. */
  endpoint: string | undefined;
  /** Digest of the settings it was fetched with; not known of a copy that an earlier release made. */
  scope: string | undefined;
  /** Whether nobody else can have written it. */
  trusted: boolean;
}

interface CopyFile {
  format: 1;
  keyAlias: string;
  endpoint?: string;
  scope?: string;
  keyId: string;
  kid: string;
  /** Base64 of the DER SubjectPublicKeyInfo. */
  spki: string;
  fetchedAt: string;
}

const MAX_FILE_BYTES = 16_384;
const OTHERS_MAY_WRITE = 0o022;
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
/** Neither a link to elsewhere nor a pipe that nobody writes to. */
const READ_PLAIN_FILE = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/**
 * What a file holds, or in words why it is not used; nothing where there is no file.
 * @param owners besides this user and root, whose files are believed
 */
export function readKeyFile(file: string, owners: readonly number[] = []): KeyCopy | string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(file, READ_PLAIN_FILE);
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile()) return 'it is not a file';
    if (stat.size > MAX_FILE_BYTES) return 'it is too large';
    const copy = parse(fs.readFileSync(descriptor, 'utf8'));
    return copy ? { ...copy, file, trusted: isOwn(stat, owners) } : 'it is damaged';
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : `it cannot be read (${codeOf(error)})`;
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

/** Whoever can write the file chooses the key. */
function isOwn({ uid, mode }: fs.Stats, owners: readonly number[]): boolean {
  if (process.platform === 'win32' || process.getuid === undefined) return true;
  return [0, process.getuid(), ...owners].includes(uid) && (mode & OTHERS_MAY_WRITE) === 0;
}

/** Atomic and durable: temporary file beside the target, synced, renamed, sync of the folder. @throws the system's own error */
export function writeKeyFile(
  file: string,
  { key, keyAlias, endpoint, scope }: Omit<KeyCopy, 'file' | 'trusted'>,
): void {
  const content: CopyFile = {
    format: 1,
    keyAlias,
    ...(endpoint !== undefined && { endpoint }),
    ...(scope !== undefined && { scope }),
    keyId: key.keyId,
    kid: key.kid,
    spki: key.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    fetchedAt: new Date(key.fetchedAt).toISOString(),
  };
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    makeDirectory(dirname(file));
    writeSynced(temporary, `${JSON.stringify(content, null, 2)}\n`, true);
    replaceFile(temporary, file);
    syncDirectory(dirname(file));
  } catch (error) {
    remove(temporary);
    throw error;
  }
}

function remove(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    return;
  }
}

function parse(text: string): Omit<KeyCopy, 'file' | 'trusted'> | undefined {
  try {
    const { format, keyAlias, endpoint, scope, keyId, kid, spki, fetchedAt } = JSON.parse(text) as CopyFile;
    const key = importShopKey(Buffer.from(spki, 'base64'), keyId, Date.parse(fetchedAt));
    const texts = [keyAlias, keyId, endpoint ?? '', scope ?? ''];
    const sound = format === 1 && texts.every((one) => typeof one === 'string');
    if (!sound || key?.kid !== kid || Number.isNaN(key.fetchedAt)) return;
    return { key, keyAlias, endpoint, scope };
  } catch {
    return;
  }
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
