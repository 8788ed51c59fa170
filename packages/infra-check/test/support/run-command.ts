import { main } from '../../src/cli/main.ts';

/** Runs the command in a world of its own. */
export async function runCommand(
  argv: readonly string[],
  { isTTY = false, env = {}, signal = new AbortController().signal }: RunOptions = {},
) {
  const written = { stdout: '', stderr: '' };
  const output = (to: 'stdout' | 'stderr') => ({
    isTTY,
    write: (text: string, done: () => void) => {
      written[to] += text;
      done();
    },
  });
  const world = { env, signal, stdout: output('stdout'), stderr: output('stderr') };
  const exitCode = await main(argv, world);
  return { exitCode, ...written };
}

interface RunOptions {
  isTTY?: boolean;
  env?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}
