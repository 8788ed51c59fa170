import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildCommand } from '../test/programs.ts';
import type { Case, Result } from './cases.ts';

const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));

/** The system's resolver asks the sandbox's name server and nobody else. */
const RESOLV_CONF = 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n';
const HOSTS = '127.0.0.1 localhost\n';
const NSSWITCH = 'hosts: files dns\n';

const OWN_WORLD = [
  'set -e',
  'ip link set lo up',
  'for name in resolv.conf hosts nsswitch.conf; do mount --bind "$0/$name" "/etc/$name"; done',
  'exec "$@"',
].join('\n');

/** @returns why this machine has no namespaces for it; undefined where it has */
export function lackOfNamespaces(): string | undefined {
  const { error, stderr, status } = spawnSync('unshare', ['-mn', 'ip', 'link', 'set', 'lo', 'up'], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/**
 * Breaks the sandbox in each of these ways while `shop-send`, as it is published, sends a sale and infra-check looks.
 * @param onResult is told of each as soon as it is there
 */
export async function meetAll(
  cases: readonly Case[],
  onResult?: (result: Result) => void,
): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'amis-agreement-'));
  try {
    const shopSend = await buildCommand('cli', folder);
    writeFileSync(join(folder, 'resolv.conf'), RESOLV_CONF);
    writeFileSync(join(folder, 'hosts'), HOSTS);
    writeFileSync(join(folder, 'nsswitch.conf'), NSSWITCH);
    const node = [process.execPath, '--conditions=source', INSIDE, shopSend];
    const child = spawn('unshare', ['-mn', 'bash', '-c', OWN_WORLD, folder, ...node], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const results: Result[] = [];
    for await (const line of createInterface(child.stdout)) {
      const result = JSON.parse(line) as Result;
      results.push(result);
      onResult?.(result);
    }
    if (results.length < cases.length)
      throw new Error(`It ended after ${results.length} of ${cases.length} cases.`);
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
