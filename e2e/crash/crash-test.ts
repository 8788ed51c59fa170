import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Life } from './life.ts';
import { chooseFate, STAGES, type Stage } from './plan.ts';
import { Choices } from './random.ts';

export interface CrashSettings {
  rounds: number;
  /** The same seed chooses the same kills and faults; when they strike is the machine's affair. */
  seed: number;
  /** The most tills at once. */
  processes: number;
  /** After how many rounds a new outbox is begun. */
  roundsPerFile: number;
  onRound?: (done: number, summary: CrashSummary) => void;
}

export interface CrashSummary {
  seed: number;
  rounds: number;
  files: number;
  kills: Record<Stage, number>;
  /** record() had resolved, and the till had said so. */
  acknowledged: number;
  /** All that is in the outboxes. */
  recorded: number;
  /** Sales recorded again under their id after a kill, and known by it. */
  repeatedRecords: number;
  /** record() refused because another process was stopped while it wrote. */
  busy: number;
  /** How often a till lost its locks while it lived. */
  lostLocks: number;
  /** Messages in the shop's books. */
  booked: number;
  /** Messages that came again, and were told as repeats by the shop. */
  deduped: number;
  posts: number;
  seconds: number;
  /** What should not have happened; empty where nothing was lost and nothing is double. */
  problems: string[];
}

/** Kills tills over and over, and says what became of their sales. */
export async function crashTest(settings: CrashSettings): Promise<CrashSummary> {
  const { rounds, seed, roundsPerFile } = settings;
  const startedAt = performance.now();
  const choices = new Choices(seed);
  const summary = emptySummary(seed);
  const folder = mkdtempSync(join(tmpdir(), 'amis-crash-'));
  const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ format: 'pem', type: 'pkcs8' })
    .toString();
  while (summary.rounds < rounds) {
    const own = join(folder, `life-${summary.files + 1}`);
    const protocol = choices.next() < 0.3 ? 1 : 'auto';
    const life = await Life.begin({ folder: own, privateKey, seed: choices.whole(1, 2 ** 31), protocol });
    const until = Math.min(rounds, summary.rounds + roundsPerFile);
    await live(life, until, choices, settings, summary);
    if (life.problems.length === 0) rmSync(own, { recursive: true });
    else summary.problems.push(...life.problems.map((problem) => `${own}: ${problem}`));
    summary.seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  }
  if (summary.problems.length === 0) rmSync(folder, { recursive: true });
  return summary;
}

async function live(
  life: Life,
  until: number,
  choices: Choices,
  { processes, onRound }: CrashSettings,
  summary: CrashSummary,
): Promise<void> {
  while (summary.rounds < until) {
    const fates = Array.from({ length: choices.whole(1, processes) }, () => chooseFate(choices));
    await life.round(fates);
    for (const { stage } of fates) summary.kills[stage] += 1;
    summary.rounds += 1;
    onRound?.(summary.rounds, summary);
  }
  const { recorded, booked, deduped, posts } = await life.end();
  summary.files += 1;
  summary.acknowledged += life.acknowledged.reduce((sum, { size }) => sum + size, 0);
  summary.recorded += recorded;
  summary.repeatedRecords += life.repeatedRecords;
  summary.busy += life.busy;
  summary.lostLocks += life.lostLocks;
  summary.booked += booked;
  summary.deduped += deduped;
  summary.posts += posts;
}

function emptySummary(seed: number): CrashSummary {
  return {
    seed,
    rounds: 0,
    files: 0,
    kills: Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Record<Stage, number>,
    acknowledged: 0,
    recorded: 0,
    repeatedRecords: 0,
    busy: 0,
    lostLocks: 0,
    booked: 0,
    deduped: 0,
    posts: 0,
    seconds: 0,
    problems: [],
  };
}
