import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../../../../', import.meta.url);

/** Our own commands from source, as they stand in the outputs. */
const OURS: Record<string, string> = {
  'infra-check': 'packages/infra-check/src/bin.ts',
  'shop-send': 'packages/cli/src/bin.ts',
  'shop-admin': 'examples/aws-stack/lambdas/admin/main.ts',
};

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a command of the outputs, such as `AWS_REGION=eu-west-1 infra-check ...`; words have no spaces in them. */
export function run(command: string, ...more: string[]): Promise<Ran> {
  const words = command.split(' ');
  const settings = words
    .filter((word, at) => /^[A-Z_]+=/.test(word) && at === 0)
    .map((word) => word.split('='));
  const [program = '', ...args] = words.slice(settings.length);
  const ours = OURS[program];
  const source = ours ? ['--conditions=source', fileURLToPath(new URL(ours, ROOT))] : [];
  return node(ours ? process.execPath : program, [...source, ...args, ...more], Object.fromEntries(settings));
}

function node(file: string, args: string[], settings: Record<string, string>): Promise<Ran> {
  const env = { ...process.env, ...settings };
  return new Promise((done) => {
    const child = execFile(file, args, { env }, (error, stdout, stderr) => {
      done({ status: error ? Number(child.exitCode ?? 127) : 0, stdout, stderr });
    });
  });
}

/**
 * Runs a function's bundle in a process of its own, with what the stack tells it and with one event.
 * @returns what it answered
 */
export async function invoke(
  name: string,
  environment: Record<string, string>,
  event: object,
): Promise<unknown> {
  const bundle = new URL(`examples/aws-stack/lambdas/dist/${name}/index.mjs`, ROOT);
  const program = `const { handler } = await import(${JSON.stringify(bundle)});
console.log('\\n' + JSON.stringify(await handler(JSON.parse(process.argv[1]))));`;
  const args = ['--input-type=module', '-e', program, JSON.stringify(event)];
  const { status, stdout, stderr } = await node(process.execPath, args, environment);
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
