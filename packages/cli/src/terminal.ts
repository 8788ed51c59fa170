import { CliError } from './cli-error.ts';
import type { Failure } from './failure.ts';
import { cut, jsonLine, printable } from './printable.ts';
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
 * - A reader who has gone (EPIPE) is nobody's fault; any other failure to write to standard output is thrown by flush(), with
 *   what became of the sales. What standard error cannot take is lost, and changes no outcome.
 * - How far a long run has come stands on the last line of a terminal on standard error, and makes way for all else.
 */
export class Terminal {
  readonly #world: World;
  #mode: Mode = {};
  #written: Promise<void> = Promise.resolve();
  #broken: NodeJS.ErrnoException | undefined;
  #readerGone = false;
  /** Whether somebody was told that the output is broken. */
  #brokenIsTold = false;
  #outcome: (() => string) | undefined;
  #progress = '';

  constructor(world: World) {
    this.#world = world;
  }

  use(mode: Mode): void {
    this.#mode = mode;
  }

  /** What to say of the sales should the output fail, which nobody can look up then. Each call replaces the one before. */
  outcome(sentence: () => string): void {
    this.#outcome = sentence;
  }

  /** A result, as lines `label = value` or as one object. */
  result(rows: readonly Row[], object?: object): void {
    if (!this.#mode.json) this.text(rowsText(rows));
    else if (object) this.text(`${jsonLine(object)}\n`);
  }

  /** One line of a list, for people or, as an object, for programs. */
  line(text: string, object: object): void {
    this.text(`${this.#mode.json ? jsonLine(object) : printable(text, LONGEST_LINE)}\n`);
  }

  /** Whether whoever read standard output has gone: more need not be said. */
  get readerGone(): boolean {
    return this.#readerGone;
  }

  get json(): boolean {
    return this.#mode.json === true;
  }

  /** Whether somebody watches: a terminal that can rewrite its last line. */
  get showsProgress(): boolean {
    const { stdout, stderr, env } = this.#world;
    const { json, quiet, verbose } = this.#mode;
    const mixed = (json || verbose) && stdout.isTTY === true;
    return stderr.isTTY === true && env['TERM'] !== 'dumb' && !quiet && !mixed;
  }

  /** How far it has come, in place of what stood there; an empty text clears it. @param share from 0 to 1, if known */
  progress(text: string, share?: number): void {
    if (!this.showsProgress) return;
    const { stderr } = this.#world;
    const bar = share === undefined ? '' : barOf(share);
    const line = text && cut(`${bar}${printable(text)}`, (stderr.columns ?? 80) - 4);
    if (line === this.#progress) return;
    this.#progress = line;
    stderr.write(`${CLEAR_LINE}${line}`, () => undefined);
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

  /** An error that the object of the result tells of as well. */
  problem(message: string, hint: string): void {
    if (this.#mode.json && !this.#mode.quiet && !this.#mode.verbose) return;
    this.#complain(`${printable(message, LONGEST_LINE)}\n  ${printable(hint, LONGEST_LINE)}`, 'red');
  }

  warning(sentence: string): void {
    if (this.#mode.verbose || !(this.#mode.json || this.#mode.quiet))
      this.#complain(`warning: ${printable(sentence, LONGEST_LINE)}`, 'yellow');
  }

  /** What people should know, and programs learn by the object of the result. */
  note(sentence: string): void {
    const { json, quiet, verbose } = this.#mode;
    if (verbose || !(json || quiet)) this.#complain(printable(sentence, LONGEST_LINE), 'yellow');
  }

  /** What happens, for --verbose, with the time since the process began. */
  trace(sentence: string): void {
    if (!this.#mode.verbose) return;
    const milliseconds = Math.round(process.uptime() * 1000);
    this.#write(this.#world.stderr, `${String(milliseconds).padStart(6)} ms  ${printable(sentence)}\n`);
  }

  /**
   * @param known what is known of the sale besides, for the object of --json
   * @param where stands before the sentence for people, such as `Line 3: `
   */
  failure({ status, facts, error, trace }: Failure, known: object = {}, where = ''): void {
    const { json, quiet, verbose } = this.#mode;
    if (json && !quiet) {
      this.text(`${jsonLine({ status, ...known, ...facts, error })}\n`);
      if (this.#outcome === undefined) this.outcome(() => `${error.message} ${error.hint}`);
    }
    if (!json || quiet || verbose)
      this.#complain(
        `${where}${printable(error.message, LONGEST_LINE)}\n  ${printable(error.hint, LONGEST_LINE)}`,
        'red',
      );
    if (verbose) this.#write(this.#world.stderr, trace.map((line) => `  ${printable(line)}\n`).join(''));
  }

  /** Resolves when everything is written, or was lost. @returns whether standard output takes more */
  async written(): Promise<boolean> {
    await this.#written;
    if (this.#broken) this.#mode = { ...this.#mode, quiet: true };
    return this.#broken === undefined;
  }

  /** Resolves when everything is written. @throws {CliError} where something was not, once */
  async flush(): Promise<void> {
    await this.written();
    const broken = this.#broken;
    if (broken === undefined || this.#brokenIsTold) return;
    this.#brokenIsTold = true;
    throw new CliError(
      'output_failed',
      `The output could not be written (${broken.code ?? broken.message}).`,
      [this.#outcome?.(), 'Look where standard output leads: the disk may be full.']
        .filter(Boolean)
        .join(' '),
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
    const over = this.#progress && output.isTTY ? CLEAR_LINE : '';
    if (over) this.#progress = '';
    const written = new Promise<void>((done) => {
      output.write(over + text, (error) => {
        const gone = (error as NodeJS.ErrnoException | null | undefined)?.code === 'EPIPE';
        if (gone && output === this.#world.stdout) this.#readerGone = true;
        if (error && !gone && output === this.#world.stdout) this.#broken ??= error;
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

/** Lines `label = value`. */
export const rowsText = (rows: readonly Row[]): string =>
  rows.map(([label, value]) => `${label.padEnd(14)} = ${printable(value, LONGEST_LINE)}\n`).join('');

export interface JudgedLine {
  /** `skip`: not looked at, for reasons told elsewhere. */
  status: 'ok' | 'warn' | 'fail' | 'skip';
  what: string;
  detail: string;
  hint?: string | undefined;
}

/** To the first column, and clear to the end. */
const CLEAR_LINE = '\r\u001b[K';
const BAR = 20;

function barOf(share: number): string {
  const done = Math.min(1, Math.max(0, share));
  const filled = Math.floor(done * BAR);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${String(Math.floor(done * 100)).padStart(3)} %  `;
}

const ANSI = { red: 31, green: 32, yellow: 33 } as const;
type Colour = keyof typeof ANSI;
const STATUS_COLOURS = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'yellow' } as const;
const LONGEST_LINE = 1_000;
