/** How large the stack's functions are, and how long a fresh process takes to load one and answer its first event. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Command, compareProcesses, print } from './lib/ratio.ts';
import type { Report, Row } from './lib/table.ts';

const FUNCTIONS = ['accept', 'decrypt', 'process'] as const;
type Name = (typeof FUNCTIONS)[number];

interface World {
  environment: Record<string, string>;
  events: Record<Name, object>;
}

const stack = fileURLToPath(new URL('../examples/aws-stack', import.meta.url));
const node = process.execPath;
const bundle = (name: Name) => join(stack, 'lambdas/dist', name, 'index.mjs');
const AWS = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/** The function's host, as Lambda's is: loads it, hands it one event, and fails where that was not dealt with. */
const HOST = `
  const { handler } = await import(process.argv[1]);
  const answer = await handler(JSON.parse(process.env.EVENT));
  process.exit(answer.statusCode === 200 || answer.batchItemFailures?.length === 0 ? 0 : 1);`;

function sizeOf(name: Name): Report {
  const folder = mkdtempSync(join(tmpdir(), 'lambda-bench-'));
  const plain = join(folder, 'plain.mjs');
  try {
    execFileSync(
      join(stack, 'node_modules/.bin/esbuild'),
      [
        `lambdas/src/${name}.ts`,
        '--bundle',
        '--minify',
        '--platform=node',
        '--format=esm',
        '--conditions=source',
        '--log-level=error',
        `--outfile=${plain}`,
      ],
      { cwd: stack },
    );
    const asIs = readFileSync(plain);
    const ours = readFileSync(bundle(name));
    const row = (contender: string, bytes: number): Row => ({
      contender,
      figure: bytes / 1024,
      ratio: bytes / asIs.length,
    });
    return {
      title: `Bundle of ${name}`,
      unit: 'KiB',
      rows: [
        row('as esbuild makes it by itself', asIs.length),
        row('ours', ours.length),
        row('ours, gzip', gzipSync(ours).length),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function coldStart(): Promise<Report> {
  const world = spawn(node, ['--conditions=source', 'lambdas/bench/world.ts'], {
    cwd: stack,
    env: { ...process.env, ...AWS },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface(world.stdout), 'line')) as [string];
    const { environment, events } = JSON.parse(line) as World;
    const first = (name: Name): Command => ({
      name,
      command: [node, '--input-type=module', '-e', HOST, bundle(name)],
      env: { ...AWS, ...environment, EVENT: JSON.stringify(events[name]) },
    });
    return await compareProcesses({
      title: 'Cold start of the functions, first event answered',
      rounds: 21,
      contenders: [{ name: 'node -e 0', command: [node, '-e', '0'] }, ...FUNCTIONS.map(first)],
    });
  } finally {
    world.kill();
  }
}

if (existsSync(join(stack, 'node_modules'))) {
  execFileSync(node, ['lambdas/build.ts'], { cwd: stack, stdio: ['ignore', 'ignore', 'inherit'] });
  print(...FUNCTIONS.map(sizeOf), await coldStart());
} else {
  process.stderr.write(
    'lambda.bench.ts: examples/aws-stack is not installed: npx -y pnpm@12 test:aws does that.\n',
  );
}
