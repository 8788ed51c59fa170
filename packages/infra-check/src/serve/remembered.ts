import { CHECK_NAMES, type CheckName } from '../core/checks.ts';
import type { Verdict } from '../core/report.ts';
import { parseTarget } from '../core/target.ts';
import { targetKey } from './allow-list.ts';
import type { Cause } from './causes.ts';
import { type Known, NOTHING_KNOWN, type Result, type Row } from './row.ts';

/** What a restart leaves of a row: all but the last report. */
export interface Remembered {
  given: string;
  key: string;
  module: string;
  known: Known;
}

/** The file's first words, by which it is told from any other. */
export const STATE_HEAD = '{"infra_check_state":1,"rows":[';
const STATE_TAIL = ']}\n';

/** More rows than fit into so many characters are not written. */
const MOST_CHARACTERS = 33_554_432;

/** The rows as text, one a line, as many as may be. */
export function stateText(rows: readonly Row[]): string {
  const lines: string[] = [];
  let size = 0;
  for (const row of rows) {
    if (row.history.length === 0) continue;
    const line = lineOf(row);
    size += line.length + 2;
    if (size > MOST_CHARACTERS) break;
    lines.push(line);
  }
  return `${STATE_HEAD}\n${lines.join(',\n')}\n${STATE_TAIL}`;
}

function lineOf({ target: { given, key, module }, isConfigured: _, report: __, ...known }: Row): string {
  const history = known.history.map(({ status, path, risk, at, durationMs }) => [
    status,
    path,
    risk,
    at,
    Math.round(durationMs),
  ]);
  return JSON.stringify({ given, key, module, known: { ...known, history } });
}

/** @throws where anything is not as it was written */
export function readState(text: string): Remembered[] {
  const { rows } = JSON.parse(text) as { rows: unknown };
  return listOf(rows, rowOf);
}

function rowOf(value: unknown): Remembered {
  const row = recordOf(value);
  const [given, key, module] = [row['given'], row['key'], row['module']].map(textOf) as [
    string,
    string,
    string,
  ];
  if (targetKey(parseTarget(given)) !== key) throw new TypeError('a key of another target');
  return { given, key, module, known: knownOf(recordOf(row['known'])) };
}

const knownOf = (known: Fields): Known => ({
  ...NOTHING_KNOWN,
  history: listOf(known['history'], resultOf),
  path: orNull(known['path'], verdictOf),
  risk: orNull(known['risk'], verdictOf),
  since: orNull(known['since'], timeOf),
  lastOk: orNull(known['lastOk'], timeOf),
  certificateEnd: orNull(known['certificateEnd'], timeOf),
  broken: orNull(known['broken'], (value) => {
    const { check, summary } = recordOf(value);
    return { check: checkOf(check), summary: textOf(summary) };
  }),
  causes: listOf(known['causes'], causeOf),
  hidden: listOf(known['hidden'], causeOf),
});

function resultOf(value: unknown): Result {
  const [status, path, risk, at, durationMs] = listOf(value, (one) => one);
  return {
    status: verdictOf(status),
    path: verdictOf(path),
    risk: verdictOf(risk),
    at: timeOf(at),
    durationMs: timeOf(durationMs),
  };
}

function causeOf(value: unknown): Cause {
  const { check, status, affects, summary, fix, since } = recordOf(value);
  const verdict = verdictOf(status);
  if (verdict === 'ok') throw new TypeError('a cause that is ok');
  return {
    check: checkOf(check),
    status: verdict,
    affects: orNull(affects, (one) => oneOf(one, ['delivery', 'risk'] as const)),
    summary: textOf(summary),
    fix: orNull(fix, textOf),
    since: timeOf(since),
  };
}

type Fields = Record<string, unknown>;

function recordOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new TypeError('no object');
}

function listOf<T>(value: unknown, read: (item: unknown) => T): T[] {
  if (Array.isArray(value)) return value.map(read);
  throw new TypeError('no list');
}

const orNull = <T>(value: unknown, read: (one: unknown) => T): T | null =>
  value === null ? null : read(value);

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('no text');
}

function timeOf(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError('no time');
}

function oneOf<T extends string>(value: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw new TypeError('an unknown word');
}

const verdictOf = (value: unknown): Verdict =>
  oneOf(value, ['ok', 'warning', 'critical', 'unknown'] as const);

const checkOf = (value: unknown): CheckName => oneOf(value, CHECK_NAMES);
