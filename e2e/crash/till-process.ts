import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TillLine, TillOrders } from './till-program.ts';

const PROGRAM = fileURLToPath(new URL('./till-program.ts', import.meta.url));
const PATIENCE_MS = 30_000;

export interface Acknowledged {
  number: number;
  seq: number;
  repeated: boolean;
}

/** A till that runs as a process of its own, as its parent sees it. */
export class TillProcess {
  readonly orders: TillOrders;
  readonly acknowledged: Acknowledged[] = [];
  readonly refused: { number: number; code: string }[] = [];
  /** Of this process, and whatever Node had to say of its end. */
  errors = '';
  readonly #child: ChildProcess;
  readonly #said = new Set<TillLine['said']>();
  readonly #ended: Promise<unknown>;
  readonly #news = new EventEmitter<{ news: [] }>();

  /** @param within a command that runs it elsewhere, such as in a network namespace */
  constructor(orders: TillOrders, within: readonly string[] = []) {
    this.orders = orders;
    const node = [process.execPath, '--conditions=source', PROGRAM, JSON.stringify(orders)];
    const [command = process.execPath, ...args] = [...within, ...node];
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    const lines = createInterface(this.#child.stdout as NodeJS.ReadableStream);
    lines.on('line', (line) => this.#hear(line));
    this.#ended = Promise.all([once(this.#child, 'close'), once(lines, 'close')]);
    void this.#ended.then(() => this.#news.emit('news'));
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Why it ended by itself, where it did and should not have. */
  get failure(): string | undefined {
    const { exitCode } = this.#child;
    return exitCode === null || exitCode === 0
      ? undefined
      : `a till ended with ${exitCode}: ${this.errors.trim()}`;
  }

  has(said: TillLine['said']): boolean {
    return this.#said.has(said);
  }

  /** Resolves when it has said so, or has ended. @throws where neither happens in half a minute */
  async until(said: TillLine['said']): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (this.running && !this.#said.has(said)) await once(this.#news, 'news', { signal });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Kills it (SIGKILL) and resolves when all that it said has been heard. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }

  /** Has it close its outbox, and resolves when it has ended. */
  async close(): Promise<void> {
    this.signal('SIGTERM');
    await this.#ended;
  }

  /** A line that the kill has cut off says nothing. */
  #hear(text: string): void {
    const line = parse(text);
    if (line === undefined) return;
    this.#said.add(line.said);
    if (line.said === 'recorded') this.acknowledged.push(line);
    if (line.said === 'refused') this.refused.push(line);
    this.#news.emit('news');
  }
}

function parse(line: string): TillLine | undefined {
  try {
    return JSON.parse(line) as TillLine;
  } catch {
    return;
  }
}
