import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Whether these programs can be run here. */
export const haveAll = (...programs: string[]): boolean =>
  programs.every((program) => spawnSync(program, ['-V']).error === undefined);

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface Program extends AsyncDisposable {
  child: ChildProcess;
}

/** Runs a program in a folder of its own with these files until it is disposed of. */
export async function runProgram(
  command: readonly [string, ...string[]],
  files: Readonly<Record<string, string>>,
  isReady: () => boolean,
): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'infra-check-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content.replaceAll('FOLDER', folder));
  }
  const [program, ...args] = command.map((word) => word.replaceAll('FOLDER', folder)) as [
    string,
    ...string[],
  ];
  const child = spawn(program, args, { stdio: 'ignore', cwd: folder });
  for (let tries = 0; tries < 200 && !isReady(); tries += 1)
    await new Promise((done) => setTimeout(done, 50));
  return {
    child,
    [Symbol.asyncDispose]: async () => {
      const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
