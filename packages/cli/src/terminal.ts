import { CliError } from './cli-error.ts';
import type { Failure } from './failure.ts';
import { jsonLine, printable } from './printable.ts';
import type { Output, World } from './world.ts';

/**
 * The only file that prints. Its rules:
 * - Standard output holds results and nothing else: text, or with `json` one object a line, failures too.
 * - Standard error holds errors, warnings and, with `verbose`, what happens. With `json` it stays empty unless
 *   `verbose`.
 * - An error is one sentence that says what and, indented below, one that says what to do. Stacks come with `verbose`.
 * - `quiet`: nothing on standard output, no warnings; errors are told on standard error, even with `json`.
 * - Whatever came from outside goes through printable() or jsonLine().
 * - Colours only on a terminal, and not where NO_COLOR, TERM=dumb or the option says so.
 * - A reader who has gone (EPIPE) is nobody's fault; any other failure to write is thrown by flush().
 */
export class Terminal {
  readonly #world: World;
  #mode: Mode = {};
  #written: Promise<void> = Promise.resolve();
  #broken: NodeJS.ErrnoException | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  use(mode: Mode): void {
    this.#mode = mode;
  }

  /** A result, as lines `label = value` or as one object. */
  result(rows: readonly Row[], object?: object): void {
    if (!this.#mode.json)
      this.text(
        rows.map(([label, value]) => `${label.padEnd(14)} = ${printable(value, LONGEST_LINE)}\n`).join(''),
      );
    else if (object) this.text(`${jsonLine(object)}\n`);
  }

  /** A judged line of a diagnosis; the object of all comes as a result. */
  judged({ status, what, detail, hint }: JudgedLine): void {
    if (this.#mode.json) return;
    const mark = this.#coloured(status.padEnd(4), STATUS_COLOURS[status], this.#world.stdout);
    this.text(
      `${mark}  ${what} - ${printable(detail, LONGEST_LINE)}\n${hint ? `      ${printable(hint, LONGEST_LINE)}\n` : ''}`,
    );
  }

  /** Text of our own, such as the help. */
  text(text: string): void {
    if (!this.#mode.quiet && text !== '') this.#write(this.#world.stdout, text);
  }

  warning(sentence: string): void {
    if (this.#mode.verbose || !(this.#mode.json || this.#mode.quiet))
      this.#complain(`warning: ${sentence}`, 'yellow');
  }

  /** What happens, for --verbose, with the time since the process began. */
  trace(sentence: string): void {
    if (!this.#mode.verbose) return;
    const milliseconds = Math.round(process.uptime() * 1000);
    this.#write(this.#world.stderr, `${String(milliseconds).padStart(6)} ms  ${printable(sentence)}\n`);
  }

  /** @param known what is known of the sale besides, for the object of --json */
  failure({ status, facts, error, trace }: Failure, known: object = {}): void {
    const { json, quiet, verbose } = this.#mode;
    if (json && !quiet) this.text(`${jsonLine({ status, ...known, ...facts, error })}\n`);
    if (!json || quiet || verbose)
      this.#complain(
        `${printable(error.message, LONGEST_LINE)}\n  ${printable(error.hint, LONGEST_LINE)}`,
        'red',
      );
    if (verbose) this.#write(this.#world.stderr, trace.map((line) => `  ${printable(line)}\n`).join(''));
  }

  /** Resolves when everything is written. @throws {CliError} where something was not */
  async flush(): Promise<void> {
    await this.#written;
    const broken = this.#broken;
    if (broken === undefined) return;
    this.#mode = { ...this.#mode, quiet: true };
    throw new CliError(
      'output_failed',
      `The output could not be written (${broken.code ?? broken.message}).`,
      'Look where standard output leads: the disk may be full.',
      broken,
    );
  }

  #complain(text: string, colour: Colour): void {
    const { stderr } = this.#world;
    this.#write(stderr, `${this.#coloured('shop-send:', colour, stderr)} ${text}\n`);
  }

  #coloured(text: string, colour: Colour, { isTTY }: Output): string {
    const { NO_COLOR, TERM } = this.#world.env;
    if (!isTTY || this.#mode.noColor || NO_COLOR || TERM === 'dumb') return text;
    return `\u001b[${ANSI[colour]}m${text}\u001b[39m`;
  }

  #write(output: Output, text: string): void {
    const written = new Promise<void>((done) => {
      output.write(text, (error) => {
        if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') this.#broken ??= error;
        done();
      });
    });
    this.#written = Promise.all([this.#written, written]).then(() => undefined);
  }
}

export interface Mode {
  json?: boolean | undefined;
  quiet?: boolean | undefined;
  verbose?: boolean | undefined;
  noColor?: boolean | undefined;
}

export type Row = readonly [label: string, value: string];

export interface JudgedLine {
  /** `skip`: not looked at, for reasons told elsewhere. */
  status: 'ok' | 'warn' | 'fail' | 'skip';
  what: string;
  detail: string;
  hint?: string | undefined;
}

const ANSI = { red: 31, green: 32, yellow: 33 } as const;
type Colour = keyof typeof ANSI;
const STATUS_COLOURS = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'yellow' } as const;
const LONGEST_LINE = 1_000;
