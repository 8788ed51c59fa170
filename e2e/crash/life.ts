import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Sandbox, startSandbox } from '@amis-shop/sandbox';
import { Till, type TillOptions } from '@amis-shop/shop-client';
import { compare } from './comparison.ts';
import { lookInto } from './look-into.ts';
import type { Fate } from './plan.ts';
import { TillProcess } from './till-process.ts';
import { type WatchedGateway, watchGateway } from './watched-gateway.ts';

export interface LifeSettings {
  folder: string;
  /** PEM of the shop's RSA key. */
  privateKey: string;
  seed: number;
  protocol: 'auto' | 1;
}

const FAULTS = 'lost-ack:0.05,reset:0.05,status-500:0.04,status-429:0.003';
const DELAY_MS = 3;
/** A till whose writer was stopped in the middle of it may refuse, and says so. */
const BUSY = 'outbox_busy';
const FLUSHES = 50;
/** Twice the default of `concurrency`. */
const UNSETTLED_AT_MOST = 32;

/** One outbox, through all kills, to the last of its sales. */
export class Life {
  /** What should not have happened. */
  readonly problems: string[] = [];
  /** Numbers that were acknowledged, by process. */
  readonly acknowledged: Set<number>[] = [];
  repeatedRecords = 0;
  busy = 0;
  /** How often a till lost its locks while it lived. */
  lostLocks = 0;
  readonly #sandbox: Sandbox;
  readonly #gateway: WatchedGateway;
  readonly #options: TillOptions;

  static async begin({ folder, privateKey, seed, protocol }: LifeSettings): Promise<Life> {
    mkdirSync(folder);
    const keys = { AMIS1: privateKey };
    const sandbox = await startSandbox({ keys, faults: FAULTS, seed, delayMs: DELAY_MS });
    return new Life(sandbox, await watchGateway(sandbox), { folder, protocol });
  }

  private constructor(
    sandbox: Sandbox,
    gateway: WatchedGateway,
    { folder, protocol }: Pick<LifeSettings, 'folder' | 'protocol'>,
  ) {
    const { url, ca, region, kmsEndpoint: endpoint } = sandbox;
    const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
    this.#sandbox = sandbox;
    this.#gateway = gateway;
    this.#options = {
      shopId: 'AMIS1',
      tillId: 'till-07',
      url,
      ca,
      connect: gateway.connect,
      protocol,
      keyCacheDir: join(folder, 'keys'),
      kms: { region, endpoint, credentials },
      file: join(folder, 'outbox.db'),
    };
  }

  /** Starts as many tills as there are fates and lets each meet its own, with what was not acknowledged recorded again. */
  async round(fates: readonly Fate[]): Promise<void> {
    const tills = fates.map((fate, process) => ({ fate, till: this.#start(process, fate) }));
    await Promise.all(tills.map(({ fate, till }) => meet(till, fate)));
    this.lostLocks += fates.filter(({ losesLocks }) => losesLocks).length;
    for (const { till } of tills) this.#note(till);
    await this.#verify();
  }

  /** Delivers what is left without faults, and compares outbox, books and what the tills were told. */
  async end(): Promise<{ recorded: number; booked: number; deduped: number; posts: number }> {
    this.#sandbox.setFaults('');
    const till = await Till.open(this.#options);
    try {
      for (let left = FLUSHES; left > 0 && till.status().queued > 0; left--) await till.flush();
      const { recorded, queued, rejected } = till.status();
      if (queued > 0 || rejected > 0) this.#problem(`${queued} sales stay queued, ${rejected} are rejected`);
      else this.problems.push(...(await compare(till, this.#sandbox.books(), this.acknowledged)));
      const { booked, repeated } = this.#sandbox.books();
      return { recorded, booked, deduped: repeated, posts: this.#gateway.posts };
    } finally {
      await till.close();
      await this.#verify();
      this.#checkOverlaps();
      await this.#gateway.close();
      await this.#sandbox.close();
    }
  }

  #start(process: number, { sales, callers }: Fate): TillProcess {
    this.acknowledged[process] ??= new Set();
    const known = this.acknowledged[process];
    const from = Math.max(0, ...known) + 1;
    const again = Array.from({ length: from - 1 }, (_, i) => i + 1).filter((number) => !known.has(number));
    return new TillProcess({ options: this.#options, process, again, from, sales, callers, flush: false });
  }

  #note(till: TillProcess): void {
    const known = this.acknowledged[till.orders.process];
    for (const { number, repeated } of till.acknowledged) {
      known?.add(number);
      if (repeated) this.repeatedRecords += 1;
    }
    for (const { number, code } of till.refused) {
      if (code === BUSY) this.busy += 1;
      else if (code !== 'outbox_closed') this.#problem(`record() of ${number} was refused: ${code}`);
    }
    if (till.failure !== undefined) this.#problem(till.failure);
  }

  async #verify(): Promise<void> {
    const till = await Till.open({ ...this.#options, deliver: false });
    try {
      const { ok, recorded, problems } = await till.verify();
      if (!ok) this.#problem(`verify(): ${problems.join('; ')}`);
      const acknowledged = this.acknowledged.reduce((sum, { size }) => sum + size, 0);
      if (recorded < acknowledged) {
        this.#problem(`${recorded} sales are in the outbox, ${acknowledged} were acknowledged`);
      }
    } finally {
      await till.close();
    }
  }

  /** Who has lost its lock may have had that many posts under way when another began. */
  #checkOverlaps(): void {
    const { overlaps } = this.#gateway;
    if (overlaps.length <= this.lostLocks * UNSETTLED_AT_MOST) return;
    for (const key of overlaps) this.#problem(`two posts of ${key} at once`);
  }

  #problem(text: string): void {
    this.problems.push(text);
  }
}

async function meet(
  till: TillProcess,
  { stage, afterMs, frozenMs, graceMs, losesLocks }: Fate,
): Promise<void> {
  if (stage !== 'start') await till.until('ready');
  await sleep(afterMs);
  if (losesLocks) {
    till.signal('SIGUSR2');
    await till.until('copied');
  }
  if (stage === 'close') till.signal('SIGTERM');
  if (stage === 'freeze') {
    till.signal('SIGSTOP');
    if (losesLocks) lookInto(till.orders.options.file);
    await sleep(frozenMs);
    till.signal('SIGCONT');
  }
  if (stage === 'close' || stage === 'freeze') await sleep(graceMs);
  await till.kill();
}
