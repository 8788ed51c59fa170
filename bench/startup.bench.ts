/** How long `shop-send` takes as a whole process, against an empty one. Needs `pnpm build`. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Command, compareProcesses, print } from './lib/ratio.ts';

const file = (path: string) => fileURLToPath(new URL(`../packages/${path}`, import.meta.url));
const node = process.execPath;
const shopSend = file('cli/dist/bin.js');
if (!existsSync(shopSend)) throw new Error(`${shopSend} is missing: run pnpm build first.`);

const folder = mkdtempSync(join(tmpdir(), 'shop-send-bench-'));
const sandbox = spawn(
  node,
  ['--conditions=source', file('sandbox/src/bin.ts'), '--json', '--port', '0', '--kms-port', '0'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);

try {
  const [line] = (await once(createInterface(sandbox.stdout), 'line')) as [string];
  const { env: address } = JSON.parse(line) as { env: Record<string, string> };
  writeFileSync(
    join(folder, 'sales.txt'),
    '{"sales": [{"item_no": "12345", "gross_number": "5", "gross_turnover": "60.00"}]}',
  );
  const env = { ...address, XDG_CACHE_HOME: folder };
  const shopSendWith = (aim: number, ...args: string[]): Command => ({
    name: ['shop-send', ...args].join(' '),
    command: [node, shopSend, ...args],
    cwd: folder,
    env,
    aim,
  });
  execFileSync(node, [shopSend, 'key', 'refresh', 'AMIS1'], { env: { ...process.env, ...env } });
  print(
    await compareProcesses({
      title: 'Start-up of shop-send, key cached',
      rounds: 31,
      contenders: [
        { name: 'node -e 0', command: [node, '-e', '0'] },
        shopSendWith(2, '--version'),
        shopSendWith(2, '--help'),
        shopSendWith(2, 'AMIS1', '--dry-run'),
        shopSendWith(4.5, 'AMIS1'),
      ],
    }),
  );
} finally {
  sandbox.kill();
  rmSync(folder, { recursive: true, force: true });
}
