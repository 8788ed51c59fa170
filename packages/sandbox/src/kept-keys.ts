import { createPrivateKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Authorities, createAuthorities } from './certificate-breaks.ts';
import type { DataDir } from './data-dir.ts';
import type { ResolvedOptions } from './options.ts';
import type { Certificate } from './types.ts';
import { UsageError } from './usage-error.ts';

const FILE = 'keys.json';
const DAY_MS = 86_400_000;

/** What a sandbox must have again after a restart: what tills have queued is sealed for these keys. */
interface Kept {
  /** PEM of each shop's private key, by shop id. */
  keys: Record<string, string>;
  authorities: Authorities;
}

/**
 * The keys of an earlier start in the same directory, and new ones for what it lacks, which are then kept for this user alone.
 * @throws UsageError where the file is damaged, DataDirError where it cannot be written
 */
export async function keepKeys(
  { shops, keys, keySpec }: Pick<ResolvedOptions, 'shops' | 'keys' | 'keySpec'>,
  data: DataDir,
): Promise<Kept> {
  const path = data.path(FILE);
  const before = await readKept(path);
  const kept: Kept = { keys: { ...before?.keys }, authorities: usable(before?.authorities) };
  for (const id of Object.keys(shops)) {
    if (Object.hasOwn(keys, id) || Object.hasOwn(kept.keys, id)) continue;
    kept.keys[id] = await newKey(Number(keySpec.slice('RSA_'.length)));
  }
  const text = `${JSON.stringify(kept, null, 2)}\n`;
  if (JSON.stringify(before) !== JSON.stringify(kept)) await data.write(FILE, text, true);
  return kept;
}

/** An authority that ends soon is of no use. */
function usable(authorities: Authorities | undefined): Authorities {
  const ends = authorities && new X509Certificate(authorities.intermediate.cert).validToDate.getTime();
  return authorities && ends !== undefined && ends > Date.now() + DAY_MS ? authorities : createAuthorities();
}

async function readKept(path: string): Promise<Kept | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UsageError(`The keys in ${path} cannot be read: ${error.message}.`);
  });
  if (text === undefined) return;
  try {
    const { keys, authorities } = JSON.parse(text) as Kept;
    for (const pem of Object.values(keys)) check(createPrivateKey(pem).asymmetricKeyType === 'rsa');
    check(belongTogether(authorities.root) && belongTogether(authorities.intermediate));
    return { keys, authorities };
  } catch {
    throw new UsageError(
      `The file ${path} is damaged: it does not hold the keys of an earlier start. Restore it, or delete it for new keys; what tills have queued then cannot be opened.`,
    );
  }
}

const belongTogether = ({ cert, key }: Certificate): boolean =>
  new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));

function check(holds: boolean): void {
  if (!holds) throw new TypeError('It is not what was kept.');
}

async function newKey(modulusLength: number): Promise<string> {
  const { privateKey }: { privateKey: KeyObject } = await promisify(generateKeyPair)('rsa', {
    modulusLength,
  });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
