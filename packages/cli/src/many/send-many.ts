import { abortable } from '../abortable.ts';
import { CliError } from '../cli-error.ts';
import type { Overrides } from '../client.ts';
import type { Context } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { explain } from '../failure.ts';
import { openSource, refuseUtf16, type Source } from '../files.ts';
import type { OptionName } from '../options.ts';
import { printable } from '../printable.ts';
import type { World } from '../world.ts';
import { outboxWay } from './by-outbox.ts';
import { directWay } from './direct.ts';
import { type BadLine, readLines, type SaleLine } from './lines.ts';
import { Slots } from './slots.ts';
import { Tally } from './tally.ts';
import type { OpenWay } from './way.ts';

const OF_ONE_SALE: readonly OptionName[] = ['requests', 'saleId'];
const REDRAW_MS = 100;

/** `shop-send <shop-id> [url] --many`: a sale a line; what becomes of one does not concern the others. */
export async function sendMany(
  context: Context,
  outbox: string | undefined,
  embedded: Overrides | undefined,
): Promise<ExitCode> {
  const { settings, world } = context;
  const { values, labels } = settings;
  const stray = OF_ONE_SALE.find((name) => values[name] !== undefined);
  if (stray) {
    throw new CliError(
      'usage',
      `${labels.get(stray)} is for one sale, so it cannot go with --many.`,
      'Leave out one of the two; a line may carry its own "id".',
    );
  }
  const way =
    outbox === undefined ? await directWay(context, embedded) : await outboxWay(context, outbox, embedded);
  const source = await sourceOf(values.file, world);
  const tally = new Tally(context, way.sealedFor);
  const open = await way.open(tally);
  return await new Run(context, tally, open).run(source);
}

async function sourceOf(file: string | undefined, { stdin, stdinIsFed }: World): Promise<Source> {
  if (file !== undefined && file !== '-') {
    const { chunks, size } = await openSource(file, 'the file');
    return { chunks: refuseUtf16(chunks, `the file ${printable(file)}`), size };
  }
  if (file === '-' || stdinIsFed) return { chunks: refuseUtf16(stdin, 'standard input') };
  throw new CliError(
    'usage',
    'There are no sales to send: no --file and nothing on standard input.',
    'Name the file with --file, or pipe the sales in, one a line.',
  );
}

class Run {
  readonly #context: Context;
  readonly #tally: Tally;
  readonly #way: OpenWay;
  #read = 0;
  #ended = false;
  /** Nobody could learn what becomes of further lines. */
  #outputLost = false;

  constructor(context: Context, tally: Tally, way: OpenWay) {
    this.#context = context;
    this.#tally = tally;
    this.#way = way;
  }

  async run(source: Source): Promise<ExitCode> {
    const { terminal } = this.#context;
    const redraw = terminal.showsProgress ? setInterval(() => this.#show(source.size), REDRAW_MS) : undefined;
    let left: number | undefined;
    terminal.outcome(() => this.#tally.outcome());
    try {
      await this.#takeAll(source);
    } finally {
      this.#ended = true;
      left = await this.#way.finish().finally(() => {
        clearInterval(redraw);
        terminal.progress('');
      });
    }
    return this.#tally.summary(left);
  }

  async #takeAll({ chunks }: Source): Promise<void> {
    const { signal } = this.#context.world;
    const slots = new Slots(this.#way.atOnce);
    const lines = readLines(chunks, (bytes) => {
      this.#read += bytes;
    });
    try {
      for (;;) {
        const next = await abortable(lines.next(), signal);
        if (next.done || this.#tally.stopped || this.#outputLost) break;
        await this.#take(next.value, slots);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      for (let i = 0; i < this.#way.atOnce; i += 1) await slots.take();
    }
  }

  async #take(line: SaleLine | BadLine, slots: Slots): Promise<void> {
    const { terminal, world } = this.#context;
    await slots.take();
    if (world.signal.aborted || this.#tally.stopped) {
      slots.give();
      return;
    }
    this.#tally.lastLine = line.number;
    this.#tally.counts.lines += 1;
    if ('error' in line) {
      this.#tally.failed({ number: line.number, saleId: undefined }, explain(line.error));
      slots.give();
    } else void this.#way.take(line).finally(() => slots.give());
    if (!(await terminal.written())) this.#outputLost = true;
  }

  #show(size: number | undefined): void {
    const { lines, accepted, rejected, unknown, failed, sealed } = this.#tally.counts;
    const done = accepted + rejected + unknown + failed + sealed;
    const share = this.#ended ? done / Math.max(1, lines) : size ? this.#read / size : undefined;
    const wrong = rejected + unknown + failed;
    this.#context.terminal.progress(
      `${lines} sales, accepted: ${accepted}${wrong > 0 ? `, not: ${wrong}` : ''}`,
      share,
    );
  }
}
