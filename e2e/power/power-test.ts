import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Choices } from '../crash/random.ts';
import { checkState } from './check-state.ts';
import { Facts } from './facts.ts';
import { choosePlaces } from './places.ts';
import { choosePowerCut, KINDS } from './power-cut.ts';
import { OPTIONS, type Recording, record } from './recording.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

export interface PowerSettings {
  scenarios: readonly ScenarioName[];
  /** Of each scenario. */
  states: number;
  /** The same seed chooses the same answers of the shop and the same places; what a till writes is its machine's affair. */
  seed: number;
  control?: Control | undefined;
}

/** What must lose sales, to show that this program finds it. */
export type Control = 'synchronous=NORMAL' | 'folders are not synced';

export interface PowerSummary {
  scenario: ScenarioName;
  /** System calls of the recording, at each of which the power may be cut. */
  calls: number;
  acknowledged: number;
  /** How often record() refused, by code. */
  refused: Readonly<Record<string, number>>;
  states: number;
  /** Of them, those in which something was wrong. */
  wrong: number;
  seconds: number;
  /** The first that was wrong. */
  problems: string[];
}

const MOST_PROBLEMS = 20;
/** What is synced there costs nothing, and is recorded all the same. */
const IN_MEMORY = '/dev/shm';
const LESS_DURABLE = new URL('./less-durable.ts', import.meta.url).href;

/** Plays each scenario once, and cuts its power over and over. */
export async function* powerTest(settings: PowerSettings): AsyncGenerator<PowerSummary> {
  const { scenarios, seed, control } = settings;
  const preload = control === 'synchronous=NORMAL' ? LESS_DURABLE : undefined;
  const base = mkdtempSync(join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), 'amis-power-'));
  try {
    for (const [i, scenario] of scenarios.entries()) {
      const startedAt = performance.now();
      const folder = join(base, String(i));
      const recording = await record(SCENARIOS[scenario], folder, { seed, preload });
      const found = await cutOften(recording, join(base, 'state'), settings);
      rmSync(folder, { recursive: true });
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
      yield { scenario, ...found, seconds };
    }
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

async function cutOften(
  { disk, steps, before, facts: said }: Recording,
  folder: string,
  { states, seed, control }: PowerSettings,
): Promise<Omit<PowerSummary, 'scenario' | 'seconds'>> {
  const choices = new Choices(seed);
  const cuts = choosePlaces(steps, states, choices);
  const facts = new Facts();
  for (const fact of before) facts.note(fact);
  const problems: string[] = [];
  let done = 0;
  let wrong = 0;
  for (const [place, step] of steps.entries()) {
    disk.step(step, place, { syncsNames: control !== 'folders are not synced' });
    const fact = said.get(place);
    if (fact) facts.note(fact);
    const times = facts.logIsLost ? 0 : (cuts.get(place) ?? 0);
    for (let left = times; left > 0; left--) {
      const cut = choosePowerCut(KINDS[done % KINDS.length] ?? 'nothing', disk.unsynced, choices);
      layDown(disk.afterCut(cut.keep, cut.filler), folder, cut.filler);
      const found = await checkState(folder, OPTIONS, facts);
      rmSync(folder, { recursive: true });
      done += 1;
      if (found.length > 0) wrong += 1;
      for (const problem of found) problems.push(`step ${place}, ${cut.name} was left: ${problem}`);
    }
  }
  return {
    calls: steps.length / 2,
    acknowledged: facts.recorded.size,
    refused: facts.refused,
    states: done,
    wrong,
    problems: problems.slice(0, MOST_PROBLEMS),
  };
}

/** What a power cut leaves of SQLite's index beside the log, which is memory of its processes, must be of no matter. */
function layDown(files: ReadonlyMap<string, Buffer>, folder: string, filler: number): void {
  mkdirSync(folder);
  for (const [name, bytes] of files) {
    writeFileSync(join(folder, name), name.endsWith('-shm') ? Buffer.alloc(INDEX_BYTES, filler) : bytes);
  }
}

const INDEX_BYTES = 32_768;
