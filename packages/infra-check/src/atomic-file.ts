import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Replaces or makes a file at once or not at all: temporary file beside it, fsync, rename, fsync of the folder.
 * @param mode of the new file, less the umask where undefined
 * @throws the system's error; nothing is changed then
 */
export async function replaceAtOnce(path: string, content: string, mode?: number): Promise<void> {
  const temporary = join(dirname(path), `.infra-check-${randomBytes(8).toString('hex')}`);
  try {
    await using file = await fs.promises.open(temporary, 'wx');
    if (mode !== undefined) await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
    await fs.promises.rename(temporary, path);
  } catch (error) {
    await fs.promises.rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  // The file is there; where a folder cannot be synced, a power cut may bring the former one back.
  if (process.platform !== 'win32') await syncFolder(dirname(path)).catch(() => undefined);
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await fs.promises.open(path, 'r');
  await folder.sync();
}
