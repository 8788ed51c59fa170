import { printable } from '../core/text.ts';

export interface Sink {
  write(text: string): unknown;
}

export type LogLevel = 'info' | 'warning' | 'error';

/** Writes one line: time, level, a sentence. Nothing in it steers a terminal or begins a line of its own. */
export type Log = (level: LogLevel, sentence: string) => void;

const LONGEST = 1_000;

export const logTo =
  (sink: Sink, now: () => Date = () => new Date()): Log =>
  (level, sentence) => {
    sink.write(`${now().toISOString()} ${level} ${printable(sentence, LONGEST)}\n`);
  };

/** The same, for what strangers can cause: at most so many lines in a minute, and then one that counts the rest. */
export function throttled(log: Log, most: number, now: () => number = Date.now): Log {
  let [windowStart, lines] = [now(), 0];
  return (level, sentence) => {
    if (now() - windowStart >= 60_000) {
      if (lines > most) log('warning', `${lines - most} more lines of this kind were left out.`);
      [windowStart, lines] = [now(), 0];
    }
    lines += 1;
    if (lines <= most) log(level, sentence);
  };
}
