import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const SHOP_SEND = path('../../../../../packages/cli/src/bin.ts');
const SHOP_ADMIN = path('../../admin/main.ts');

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

interface Options {
  input?: string;
  env?: Readonly<Record<string, string>>;
}

async function run(
  program: string,
  args: readonly string[],
  { input = '', env = {} }: Options,
): Promise<Result> {
  const child = spawn(process.execPath, ['--conditions=source', program, ...args], {
    env: { ...process.env, ...env },
  });
  child.stdin.on('error', () => undefined).end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
}

export const shopSend = (args: readonly string[], options: Options = {}) => run(SHOP_SEND, args, options);

export const shopAdmin = (args: readonly string[], options: Options = {}) => run(SHOP_ADMIN, args, options);
