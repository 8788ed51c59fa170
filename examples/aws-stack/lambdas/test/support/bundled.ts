import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bundleTo } from '../../bundle/bundle.ts';

const HOST = `
  const { handler } = await import(process.argv[1]);
  let event = '';
  for await (const chunk of process.stdin) event += chunk;
  process.stderr.write(JSON.stringify(await handler(JSON.parse(event))));`;

export interface Ended {
  /** How it ended: an exit code, or the signal that ended it. */
  end: number | string;
  /** What the function answered, as JSON. */
  answer: string;
}

/** The functions as they are deployed, each invocation in a process of its own. */
export async function bundledFunctions() {
  const folder = mkdtempSync(join(tmpdir(), 'shop-lambdas-'));
  await bundleTo(folder);
  return {
    /** @param started is given the process, to be killed */
    async invoke(
      name: string,
      event: object,
      environment: Readonly<Record<string, string>>,
      started: (child: ChildProcess) => void = () => undefined,
    ): Promise<Ended> {
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', HOST, join(folder, name, 'index.mjs')],
        { env: { ...process.env, ...environment }, stdio: ['pipe', 'ignore', 'pipe'] },
      );
      started(child);
      child.stdin.on('error', () => undefined).end(JSON.stringify(event));
      const [answer, [code, signal]] = await Promise.all([
        text(child.stderr),
        once(child, 'close') as Promise<[number | null, string | null]>,
      ]);
      return { end: signal ?? code ?? 'unknown', answer };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export type BundledFunctions = Awaited<ReturnType<typeof bundledFunctions>>;
