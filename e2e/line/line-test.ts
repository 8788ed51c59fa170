import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Till, type TillOptions } from '@amis-shop/shop-client';
import { compare } from '../crash/comparison.ts';
import { Choices } from '../crash/random.ts';
import { FAULTS, type Fault, Line } from './line.ts';
import { ShopProcess } from './shop-process.ts';
import { TillLife } from './till-life.ts';

export interface LineSettings {
  /** How long the line is bad; then all that is queued is delivered. */
  seconds: number;
  /** The same seed chooses the same faults and kills; when packets are lost is the machine's affair. */
  seed: number;
  onEvent?: (event: Event, summary: LineSummary) => void;
}

type Event = Fault | 'kill';

export interface LineSummary {
  seed: number;
  events: Record<Event, number>;
  /** record() had resolved, and the till had said so. */
  acknowledged: number;
  recorded: number;
  /** Messages in the shop's books. */
  booked: number;
  posts: number;
  /** Messages that came again, and were told as repeats by the shop. */
  deduped: number;
  seconds: number;
  /** What should not have happened; empty where nothing was lost and nothing is double. */
  problems: string[];
}

const EVENTS: Record<Event, number> = {
  down: 2,
  loss: 3,
  'lost answers': 2,
  reset: 2,
  'small packets': 2,
  'slow to refuse': 1,
  kill: 4,
};
/** Longer than a post is waited for, so that some fail. */
const MOST_BAD_MS = 2_500;
const MOST_CALM_MS = 600;
const TIMEOUT_MS = 1_000;
const DRAIN_MS = 120_000;

/** Sells over a line that is bad in one way after another, and says what became of the sales. */
export async function lineTest({ seconds, seed, onEvent }: LineSettings): Promise<LineSummary> {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'amis-line-'));
  const choices = new Choices(seed);
  const summary = emptySummary(seed);
  using line = new Line('line');
  using shop = await ShopProcess.start(line.shopAddress, line.atShop);
  const options: TillOptions = {
    shopId: 'AMIS1',
    tillId: 'till-07',
    ...shop.address,
    file: join(folder, 'outbox.db'),
    timeoutMs: TIMEOUT_MS,
  };
  const life = new TillLife(options, line.atTill);
  try {
    await life.begin(choices);
    while (performance.now() - startedAt < seconds * 1_000) {
      const event = choices.weighted(EVENTS);
      onEvent?.(event, summary);
      await happen(event, { line, life, choices });
      summary.events[event] += 1;
      await sleep(choices.next() * MOST_CALM_MS);
    }
    await life.drain(DRAIN_MS);
  } finally {
    await life.end();
  }
  const { books, posts } = await shop.close();
  await judge(summary, options, life, books);
  summary.posts = posts;
  summary.seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  if (summary.problems.length === 0) rmSync(folder, { recursive: true });
  return summary;
}

interface Scene {
  line: Line;
  life: TillLife;
  choices: Choices;
}

/** Some kills come while the line is bad. */
async function happen(event: Event, { line, life, choices }: Scene): Promise<void> {
  if (event === 'kill') return life.kill(choices);
  line.spoil(event);
  await sleep(choices.next() * MOST_BAD_MS);
  if (choices.next() < 0.2) await life.kill(choices);
  line.mend();
}

async function judge(
  summary: LineSummary,
  options: TillOptions,
  life: TillLife,
  books: Awaited<ReturnType<ShopProcess['close']>>['books'],
): Promise<void> {
  const till = await Till.open({ ...options, deliver: false });
  try {
    const { recorded, queued, rejected } = till.status();
    const { ok, problems } = await till.verify();
    summary.problems.push(...life.problems);
    if (!ok) summary.problems.push(`verify(): ${problems.join('; ')}`);
    if (queued + rejected > 0) summary.problems.push(`${queued} sales stay queued, ${rejected} are rejected`);
    else summary.problems.push(...(await compare(till, books, [life.acknowledged])));
    Object.assign(summary, { recorded, acknowledged: life.acknowledged.size });
    Object.assign(summary, { booked: books.booked, deduped: books.repeated });
  } finally {
    await till.close();
  }
}

function emptySummary(seed: number): LineSummary {
  const events = Object.fromEntries([...FAULTS, 'kill'].map((event) => [event, 0])) as Record<Event, number>;
  const none = { acknowledged: 0, recorded: 0, booked: 0, posts: 0, deduped: 0, seconds: 0 };
  return { seed, events, ...none, problems: [] };
}
