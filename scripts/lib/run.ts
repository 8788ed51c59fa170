import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';

export interface RunOptions {
  cwd: string;
  /** Folders that stand before all others on the PATH. */
  path?: readonly string[];
}

/** Settings of npm that say where packages come from; the others would lead it back into this workspace. */
const KEPT = /^npm_config_(userconfig|globalconfig|registry|cafile|cache|(https?_?|no_?)?proxy)$/i;

const environment = (path: readonly string[]): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(([name]) => !/^p?npm_/i.test(name) || KEPT.test(name));
  return { ...Object.fromEntries(kept), PATH: [...path, process.env['PATH']].join(delimiter) };
};

/** Runs a program as outside of any workspace and resolves with its standard output, trimmed. */
export const run = (
  [program = '', ...args]: readonly string[],
  { cwd, path = [] }: RunOptions,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { cwd, env: environment(path), timeout: 300_000, maxBuffer: 1 << 26 };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.trim());
      const how = error.killed ? 'did not end within five minutes' : `ended with ${error.code}`;
      const output = `${stdout}${stderr}`.trim();
      reject(new Error(`\`${[program, ...args].join(' ')}\` ${how}.${output && `\n\n${output}`}`));
    });
    child.stdin?.end();
  });
