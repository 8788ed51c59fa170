import { access, constants, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where the sandbox leaves files for other programs. */
export interface DataDir {
  readonly caFile: string;
  /** The path that a file has, or will have. */
  path(file: string): string;
  /** @param secret for this user alone */
  write(file: string, text: string, secret?: boolean): Promise<void>;
  /** Removes it, where it is temporary. */
  release(): Promise<void>;
}

/** Opens `path`, which then stays, or a temporary directory. @throws DataDirError */
export async function openDataDir(path: string | undefined): Promise<DataDir> {
  const dir = path === undefined ? await temporaryDirectory() : resolve(path);
  const refuse = (error: Error): never => {
    throw new DataDirError(dir, error);
  };
  await makeDirectory(dir)
    .then(() => access(dir, constants.W_OK))
    .catch(refuse);
  return {
    caFile: join(dir, 'ca.pem'),
    path: (file) => join(dir, file),
    write: (file, text, secret = false) =>
      replaceFile(join(dir, file), text, secret ? 0o600 : 0o666).catch(refuse),
    release: async () => {
      if (path === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Whoever waits for the file never finds half of it. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await writeFile(temporary, text, { mode });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function temporaryDirectory(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'shop-sandbox-'));
  } catch (error) {
    throw new DataDirError(tmpdir(), error as Error);
  }
}

/** Folder by folder: where one cannot be made (below /proc), Node's own recursive mkdir never ends. */
async function makeDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(dir) === dir) throw error;
    await makeDirectory(dirname(dir));
    await mkdir(dir);
  }
}

/** The directory cannot be made or written. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';

  constructor(dir: string, cause: Error) {
    super(`The directory ${dir} cannot be used: ${cause.message}.`, { cause });
  }
}

/**
 * What a shell may hold that the AWS SDKs would take before our credentials, or send along with them, and what another shop
 * demanded.
 */
const IN_THE_WAY = [
  'AWS_PROFILE',
  'AWS_SESSION_TOKEN',
  'SHOP_SEND_CERT',
  'SHOP_SEND_KEY',
  'SHOP_SEND_KEY_PASSPHRASE_FILE',
  'SHOP_SEND_SIGV4',
  'SHOP_SEND_API_KEY_FILE',
];

/** `export NAME='value'`, a line each, for a POSIX shell; before them, `unset` for what would be in the way. */
export const exportLines = (env: Readonly<Record<string, string>>): string =>
  [
    `unset ${IN_THE_WAY.join(' ')}\n`,
    ...Object.entries(env).map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`),
  ].join('');
