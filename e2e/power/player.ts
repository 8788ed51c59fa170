/** Runs the tills of a scenario as processes of their own, one act after the other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PowerOrders } from './till-program.ts';

const PROGRAM = fileURLToPath(new URL('./till-program.ts', import.meta.url));

const [given = '[]'] = process.argv.slice(2);
for (const act of JSON.parse(given) as PowerOrders[][]) await Promise.all(act.map(run));

/** A till that was to die ends with a signal. */
async function run(orders: PowerOrders): Promise<void> {
  const till = spawn(
    process.execPath,
    [...process.execArgv, ...(orders.node ?? []), PROGRAM, JSON.stringify(orders)],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const [code, signal] = (await once(till, 'close')) as [number | null, string | null];
  if (code !== 0 && signal !== 'SIGKILL') process.exitCode = 1;
}
