import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FetchedKey, importShopKey } from '../core/shop-key.ts';
import type { Logger } from '../ports.ts';

interface CacheFile {
  format: 1;
  keyAlias: string;
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
 * One public key on disk, so that a till seals from its first second without a network.
 * Whoever can write the file chooses the key, so one that others may write is not believed.
 */
export class KeyCache {
  readonly file: string;
  readonly #directory: string;
  readonly #keyAlias: string;
  readonly #logger: Logger | undefined;

  /** @param scope what tells this alias from the same one elsewhere: region, endpoint, profile */
  constructor(directory: string, keyAlias: string, scope: readonly string[], logger?: Logger) {
    const digest = createHash('sha256')
      .update(JSON.stringify([keyAlias, ...scope]))
      .digest('hex');
    const readable = keyAlias.replace(/^alias\//, '').replace(/[^A-Za-z0-9_-]/g, '_');
    this.#directory = directory;
    this.#keyAlias = keyAlias;
    this.#logger = logger;
    this.file = join(directory, `${readable}-${digest.slice(0, 12)}.json`);
  }

  /** The key, or `undefined` where there is none that can be believed. */
  async read(): Promise<FetchedKey | undefined> {
    const text = this.#readText();
    if (text === undefined) return;
    const cached = parse(text, this.#keyAlias);
    if (cached === undefined) this.#distrust('it is damaged');
    return cached;
  }

  /** Atomic and durable: temporary file beside the target, fsync, rename, fsync of the folder. Never throws. */
  async write(key: FetchedKey): Promise<void> {
    const content: CacheFile = {
      format: 1,
      keyAlias: this.#keyAlias,
      keyId: key.keyId,
      kid: key.kid,
      spki: key.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      fetchedAt: new Date(key.fetchedAt).toISOString(),
    };
    const temporary = `${this.file}.${process.pid}.${randomBytes(4).toString('hex')}`;
    try {
      await makeDirectory(this.#directory);
      await writeDurably(temporary, `${JSON.stringify(content, null, 2)}\n`);
      await replace(temporary, this.file);
      await syncDirectory(this.#directory);
    } catch (error) {
      await fs.promises.rm(temporary, { force: true }).catch(() => undefined);
      this.#logger?.warn(
        { file: this.file, code: codeOf(error) },
        'the public key could not be kept on disk',
      );
    }
  }

  /** Not by fs.promises: this is once in a process, and Node takes longer to load them than to read the file. */
  #readText(): string | undefined {
    let descriptor: number | undefined;
    try {
      descriptor = fs.openSync(this.file, READ_PLAIN_FILE);
      const stat = fs.fstatSync(descriptor);
      const { uid, mode, size } = stat;
      if (!stat.isFile()) return this.#distrust('it is no file');
      const own = process.getuid === undefined || uid === process.getuid();
      if (!own || (process.platform !== 'win32' && (mode & OTHERS_MAY_WRITE) !== 0)) {
        return this.#distrust('others may write it');
      }
      if (size > MAX_FILE_BYTES) return this.#distrust('it is too large');
      return fs.readFileSync(descriptor, 'utf8');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#distrust(`it cannot be read (${codeOf(error)})`);
      return;
    } finally {
      if (descriptor !== undefined) fs.closeSync(descriptor);
    }
  }

  #distrust(why: string): undefined {
    this.#logger?.warn({ file: this.file }, `the cached public key is not used: ${why}`);
  }
}

function parse(text: string, keyAlias: string): FetchedKey | undefined {
  try {
    const file = JSON.parse(text) as CacheFile;
    const key = importShopKey(Buffer.from(file.spki, 'base64'), file.keyId, Date.parse(file.fetchedAt));
    const sound = file.format === 1 && file.keyAlias === keyAlias && typeof file.keyId === 'string';
    return sound && key?.kid === file.kid && !Number.isNaN(key.fetchedAt) ? key : undefined;
  } catch {
    return;
  }
}

/** Folder by folder: where one cannot be made (below /proc), Node's own recursive mkdir never ends. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await fs.promises.mkdir(directory, { mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(directory) === directory) throw error;
    await makeDirectory(dirname(directory));
    await fs.promises.mkdir(directory, { mode: 0o700 });
  }
}

/** On Windows a file that another program has open, such as a virus scanner, is not renamed for as long. */
async function replace(temporary: string, file: string): Promise<void> {
  for (let left = RENAMES; ; left--) {
    try {
      return await fs.promises.rename(temporary, file);
    } catch (error) {
      if (left === 0 || process.platform !== 'win32' || !IN_USE.has(codeOf(error))) throw error;
      await sleep(RENAME_PAUSE_MS);
    }
  }
}

const IN_USE = new Set(['EPERM', 'EACCES', 'EBUSY']);
const RENAMES = 40;
const RENAME_PAUSE_MS = 50;

async function writeDurably(file: string, content: string): Promise<void> {
  await using handle = await fs.promises.open(file, 'wx', 0o600);
  await handle.writeFile(content);
  await handle.sync();
}

async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle = await fs.promises.open(directory, 'r');
  await handle.sync();
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
