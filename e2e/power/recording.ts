import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { TillOptions } from '@amis-shop/shop-client';
import { Disk } from './disk.ts';
import type { Fact } from './facts.ts';
import type { Scenario } from './scenarios.ts';
import { pathOfDescriptor, readSteps, type Step, straceArguments, stringsOf } from './system-calls.ts';
import type { PowerOrders } from './till-program.ts';

const PLAYER = fileURLToPath(new URL('./player.ts', import.meta.url));

export const OPTIONS = {
  shopId: 'AMIS1',
  url: 'https://api.retsema.eu/shop',
  keyCacheDir: false,
} as const satisfies Partial<TillOptions>;

/** What tills did to their disk, and said meanwhile. */
export interface Recording {
  /** As it was before the first step. */
  disk: Disk;
  steps: readonly Step[];
  /** What held before the first step. */
  before: readonly Fact[];
  /** By the place of the step after which it was said. */
  facts: ReadonlyMap<number, Fact>;
}

/** Plays a scenario in a folder under strace. @param preload a module that each of its programs loads first */
export async function record(
  scenario: Scenario,
  base: string,
  { seed, preload }: { seed: number; preload?: string | undefined },
): Promise<Recording> {
  const folder = join(base, 'till');
  const facts = join(base, 'facts');
  const log = join(base, 'calls');
  mkdirSync(folder, { recursive: true });
  using _ = scenario.disk ? smallDisk(folder, scenario.disk) : undefined;
  const before = scenario.prepare?.(folder) ?? [];
  const disk = new Disk(folder);
  const orders = scenario.acts.map((act, i) =>
    act.map(({ protocol = 1, deliver = true, ...rest }, j): PowerOrders => {
      const options: TillOptions = { ...OPTIONS, file: join(folder, 'outbox.db'), protocol, deliver };
      return { ...rest, options, facts, seed: seed + 100 * i + j };
    }),
  );
  const node = [...(preload ? [`--import=${preload}`] : []), '--conditions=source', PLAYER];
  await run('strace', [...straceArguments(log), process.execPath, ...node, JSON.stringify(orders)]);
  const steps = readSteps(readFileSync(log, 'latin1'), base);
  return { disk, before, steps, facts: factsIn(steps, facts) };
}

function smallDisk(folder: string, size: string): Disposable {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  if (status !== 0) throw new Error('no disk can be mounted here');
  return { [Symbol.dispose]: () => spawnSync('umount', [folder]) };
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const player = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const [errors, [code]] = await Promise.all([text(player.stderr), once(player, 'close')]);
  if (code !== 0) throw new Error(`The scenario was not played to its end: ${errors}`);
}

function factsIn(steps: readonly Step[], file: string): Map<number, Fact> {
  const facts = new Map<number, Fact>();
  for (const [place, { at, call }] of steps.entries()) {
    if (at === 'start' || call.name !== 'write' || pathOfDescriptor(call) !== file) continue;
    facts.set(place, JSON.parse(String(stringsOf(call)[0])) as Fact);
  }
  return facts;
}
