import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What the system's resolver reads there. */
export interface SystemFiles {
  'resolv.conf': string;
  hosts: string;
  'nsswitch.conf': string;
}

const PLAIN_FILES: SystemFiles = {
  'resolv.conf': 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n',
  hosts: '127.0.0.1 localhost\n',
  'nsswitch.conf': 'hosts: files dns\n',
};

/** What runs in there. */
const PROGRAMS = {
  mutated: new URL('./mutated.ts', import.meta.url),
  worlds: new URL('./worlds.ts', import.meta.url),
};

const UNSHARE = ['-rmn', '--propagation', 'private'];

/** Why the tests are left out, to go into their name; '' where namespaces can be made. */
export function lackOfNamespaces(): string {
  const script = 'ip link set lo up && mount --bind /dev/null /etc/resolv.conf && getent --version';
  const { status, error, stderr } = spawnSync('unshare', [...UNSHARE, 'sh', '-c', script], {
    encoding: 'utf8',
  });
  if (error === undefined && status === 0) return '';
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  return ` (left out: no mount and network namespace with glibc can be made here: ${reason}; needs Linux, apt-get install iproute2 util-linux)`;
}

/** Runs a program of this folder in namespaces of its own, with these files in /etc. @returns what it printed */
export async function inNamespace(
  program: keyof typeof PROGRAMS,
  args: readonly string[],
  files: SystemFiles = PLAIN_FILES,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dns-oracle-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const mounts = Object.keys(files).map((name) => `mount --bind ${join(folder, name)} /etc/${name}`);
    const script = ['ip link set lo up', ...mounts, 'exec "$@"'].join(' && ');
    const path = fileURLToPath(PROGRAMS[program]);
    const command = [process.execPath, '--conditions=source', path, ...args];
    const env = { ...process.env, UV_THREADPOOL_SIZE: '64' };
    const options = { env, maxBuffer: 1 << 26 };
    return (await promisify(execFile)('unshare', [...UNSHARE, 'sh', '-c', script, 'sh', ...command], options))
      .stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
