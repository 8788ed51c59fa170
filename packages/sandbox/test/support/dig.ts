import { execFile, spawnSync } from 'node:child_process';
import { split } from './dns.ts';

export const hasDig = spawnSync('dig', ['-v']).error === undefined;

/** What BIND's dig makes of an answer. */
export interface Dug {
  readonly status: string | undefined;
  readonly flags: readonly string[];
  /** `owner ttl type data`, in the order of the packet. */
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  readonly text: string;
}

export async function dig(server: string, ...words: string[]): Promise<Dug> {
  const [host, port] = split(server);
  const text = await run('dig', [
    `@${host}`,
    '-p',
    String(port),
    '+tries=1',
    '+time=5',
    '+nocookie',
    ...words,
  ]);
  return {
    status: /status: (\w+)/.exec(text)?.[1],
    flags: /^;; flags: ([a-z ]*);/m.exec(text)?.[1]?.split(' ') ?? [],
    answer: section(text, 'ANSWER'),
    authority: section(text, 'AUTHORITY'),
    additional: section(text, 'ADDITIONAL'),
    text,
  };
}

/** dig ends with other codes than 0 where no answer came: its text says so. */
const run = (command: string, words: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(command, words, (_error, stdout, stderr) => resolve(stdout + stderr));
  });

function section(text: string, name: string): string[] {
  const [, lines = ''] = new RegExp(`^;; ${name} SECTION:\n((?:.+\n)*)`, 'm').exec(text) ?? [];
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\s+/g, ' ').replace(' IN ', ' '));
}
