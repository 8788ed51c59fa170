import fs from 'node:fs';
import { join } from 'node:path';
import { ShopError } from '../errors.ts';

/** They may take any file of the machine, as root may: the well-known SIDs of LocalSystem and of the administrators. */
const AS_ROOT = ['*S-1-5-18', '*S-1-5-32-544'];

/**
 * Lets no other user of this machine open a file: mode 0600. On Windows, where a mode says nothing of other users, it gets an access
 * list of this user, LocalSystem and the administrators, and inherits nothing of its folder's; that takes about 0.2 s.
 *
 * @example
 * writeFileSync('device.pem', '', { flag: 'wx' });
 * restrictToUser('device.pem');
 * writeFileSync('device.pem', generateDeviceKey());
 *
 * @throws {ShopError} `file_not_restricted`
 */
export function restrictToUser(file: string): void {
  try {
    if (process.platform === 'win32') replaceAccessList(file);
    else fs.chmodSync(file, 0o600);
  } catch (cause) {
    throw new ShopError(
      'file_not_restricted',
      `Access to the file ${file} could not be restricted to this user.`,
      {
        hint: 'Check that it exists and is yours, on a file system with permissions; on Windows, that icacls can be run.',
        cause,
      },
    );
  }
}

function replaceAccessList(file: string): void {
  const grants = [currentUser(), ...AS_ROOT].map((who) => `${who}:F`);
  run('icacls.exe', [file, '/inheritance:r', '/grant:r', ...grants]);
}

let user: string | undefined;

/** By its SID, which is the same in every language of Windows, and for a service that has no name. */
function currentUser(): string {
  user ??= parseUser(run('whoami.exe', ['/user', '/fo', 'csv', '/nh']));
  return user;
}

function parseUser(said: string): string {
  const [sid] = /S-1-\d+(?:-\d+)+/.exec(said) ?? [];
  return sid ? `*${sid}` : said.trim();
}

/** Windows' own, whatever stands first in the PATH. @throws {Error} where it cannot be run or does not succeed */
function run(program: string, args: readonly string[]): string {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const path = join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', program);
  const { status, stdout, stderr, error } = spawnSync(path, args, { encoding: 'utf8', windowsHide: true });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}
