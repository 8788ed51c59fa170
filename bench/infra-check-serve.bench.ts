/**
 * The exporter with a thousand targets against the same exporter with one, by the milliseconds that a target takes; and
 * its memory before, after the first thousand and after many thousands more. Needs `pnpm build`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ManyRoads } from './lib/many-roads.ts';
import { print } from './lib/ratio.ts';
import { median, medianRatio } from './lib/statistics.ts';
import type { Report } from './lib/table.ts';

const TARGETS = 1_000;
const AT_ONCE = 16;
const ROUNDS = 5;
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const program = file('../packages/infra-check/dist/bin.js');
if (!existsSync(program)) throw new Error(`${program} is missing: run pnpm build first.`);

const folder = mkdtempSync(join(tmpdir(), 'infra-check-serve-bench-'));
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
const children: { kill: () => unknown }[] = [];

try {
  const world = await startWorld();
  const alone = await startExporter(world, world.names.slice(0, 1));
  const many = await startExporter(world, world.names);
  print(...(await measure(alone, many, world.names)));
} finally {
  for (const child of children) child.kill();
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}

async function startWorld(): Promise<ManyRoads> {
  const args = ['--conditions=source', file('lib/many-roads.ts'), String(TARGETS)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return JSON.parse(line) as ManyRoads;
}

/** @returns its address */
async function startExporter({ port, dnsPort, ca }: ManyRoads, names: readonly string[]): Promise<string> {
  const config = join(folder, `${names.length}.yaml`);
  writeFileSync(join(folder, 'ca.pem'), ca);
  const module = { resolvers: [`127.0.0.1:${dnsPort}`], allow_private: true, ca_file: 'ca.pem' };
  const targets = names.map((name) => `https://${name}:${port}/shop`);
  writeFileSync(config, JSON.stringify({ interval: '7d', modules: { default: module }, targets }));
  const child = spawn(process.execPath, [program, 'serve', '--config', config, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  const [line] = (await once(createInterface(child.stderr), 'line')) as [string];
  child.stderr.resume();
  return `${/http:\S+/.exec(line)?.[0]} ${port}`;
}

function textOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, async (response) => {
      resolve((await response.toArray()).join(''));
    }).on('error', reject);
  });
}

async function probe(exporter: string, name: string): Promise<void> {
  const [url, port] = exporter.split(' ');
  const text = await textOf(`${url}/probe?target=${encodeURIComponent(`https://${name}:${port}/shop`)}`);
  if (!text.includes('\nprobe_success 1\n')) throw new Error(`${name} is not open: ${text.slice(0, 500)}`);
}

/** Milliseconds for each of the names, so many of them at once. */
async function perTarget(exporter: string, names: readonly string[], atOnce: number): Promise<number> {
  const queue = names.values();
  const start = performance.now();
  const worker = async () => {
    for (const name of queue) await probe(exporter, name);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return (performance.now() - start) / names.length;
}

async function mebibytes(exporter: string): Promise<number> {
  const text = await textOf(`${exporter.split(' ')[0]}/metrics`);
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 1_048_576;
}

async function measure(alone: string, many: string, names: readonly string[]): Promise<Report[]> {
  const repeated = Array.from({ length: TARGETS / 2 }, () => names[0] as string);
  const atStart = await mebibytes(many);
  await perTarget(alone, repeated, 1);
  await perTarget(many, names, AT_ONCE);
  const afterFirst = await mebibytes(many);
  const times: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    times[0].push(await perTarget(alone, repeated, 1));
    times[1].push(await perTarget(many, names, 1));
    times[2].push(await perTarget(many, names, AT_ONCE));
  }
  const afterAll = await mebibytes(many);
  const row = (contender: string, figures: number[], aim?: number) => ({
    contender,
    figure: median(figures),
    ratio: medianRatio(figures, times[0]),
    ...(aim !== undefined && { aim }),
  });
  const memory = (contender: string, figure: number, aim?: number) => ({
    contender,
    figure,
    ratio: figure / atStart,
    ...(aim !== undefined && { aim }),
  });
  return [
    {
      title: `The exporter: a target of ${TARGETS} against one alone`,
      unit: 'ms',
      rows: [
        row('one target, again and again', times[0]),
        row(`${TARGETS} targets, one after another`, times[1], 1.5),
        row(`${TARGETS} targets, ${AT_ONCE} at once`, times[2], 1.5),
      ],
    },
    {
      title: `The exporter's memory with ${TARGETS} targets`,
      unit: 'MiB',
      rows: [
        memory('started', atStart),
        memory('each target checked once', afterFirst),
        memory(`each target checked ${1 + 2 * ROUNDS} times`, afterAll),
      ],
    },
  ];
}
