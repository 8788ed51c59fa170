import { execFileSync } from 'node:child_process';
import { median, medianRatio, rotate } from './statistics.ts';
import { type Report, type Row, renderTable } from './table.ts';

interface Aimed {
  name: string;
  /** The ratio to the first contender to reach: at least for rates, at most for times. */
  aim?: number;
}

export interface Contender extends Aimed {
  run: () => unknown;
  /** How many operations one run() makes; default 1. */
  operations?: number;
}

export interface Command extends Aimed {
  /** The program and its arguments. */
  command: readonly [string, ...string[]];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

export interface Comparison<Item> {
  title: string;
  /** The first is the limit, to which all ratios are. */
  contenders: readonly [Item, ...Item[]];
  rounds?: number;
}

/** Runs a contender `times` times and returns the milliseconds; a synchronous one pays for no promise. */
const time = async ({ run }: Contender, times: number): Promise<number> => {
  const start = performance.now();
  for (let left = times; left > 0; left--) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return performance.now() - start;
};

/** Warms a contender up and returns how many runs fill a round. */
const calibrate = async (contender: Contender, roundMs: number): Promise<number> => {
  let times = 1;
  for (;;) {
    const ms = await time(contender, times);
    if (ms >= roundMs) return Math.max(1, Math.round((times * roundMs) / ms));
    times *= 2;
  }
};

const toRows = (contenders: readonly Aimed[], figures: ReadonlyMap<Aimed, number[]>): Row[] => {
  const of = (contender: Aimed | undefined) => (contender && figures.get(contender)) ?? [];
  return contenders.map((contender) => ({
    contender: contender.name,
    figure: median(of(contender)),
    ratio: medianRatio(of(contender), of(contenders[0])),
    ...(contender.aim !== undefined && { aim: contender.aim }),
  }));
};

const inRounds = async <Item extends Aimed>(
  contenders: readonly Item[],
  rounds: number,
  measure: (contender: Item) => number | Promise<number>,
): Promise<Row[]> => {
  const figures = new Map<Aimed, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++)
    for (const contender of rotate(contenders, round)) figures.get(contender)?.push(await measure(contender));
  return toRows(contenders, figures);
};

/** How often a second, interleaved in rounds of about `roundMs` for each contender. */
export const compareRates = async ({
  title,
  contenders,
  rounds = 15,
  roundMs = 100,
}: Comparison<Contender> & { roundMs?: number }): Promise<Report> => {
  const times = new Map<Contender, number>();
  for (const contender of contenders) times.set(contender, await calibrate(contender, roundMs));
  const rows = await inRounds(contenders, rounds, async (contender) => {
    const runs = times.get(contender) ?? 1;
    return (1000 * runs * (contender.operations ?? 1)) / (await time(contender, runs));
  });
  return { title, unit: 'per second', rows };
};

const wallTime = ({ command: [program, ...args], cwd, env }: Command): number => {
  const start = performance.now();
  execFileSync(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd,
    env: { ...process.env, ...env },
  });
  return performance.now() - start;
};

/** How long whole processes take, from their start to their end, interleaved; a command that fails ends it. */
export const compareProcesses = async ({
  title,
  contenders,
  rounds = 15,
}: Comparison<Command>): Promise<Report> => {
  for (const contender of contenders) wallTime(contender);
  return { title, unit: 'ms', rows: await inRounds(contenders, rounds, wallTime) };
};

/** Prints what a program has measured: a table, or with `--json` one report a line. */
export const print = (...reports: readonly Report[]): void => {
  const json = process.argv.includes('--json');
  process.stdout.write(
    json ? reports.map((report) => `${JSON.stringify(report)}\n`).join('') : renderTable(reports),
  );
};
