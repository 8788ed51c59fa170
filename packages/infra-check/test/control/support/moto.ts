import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const hasMoto = spawnSync('moto_server', ['--help']).status === 0;

export const MOTO_MISSING = hasMoto ? '' : " (skipped: moto_server is not here; pip install 'moto[server]')";

export interface Moto {
  url: string;
  stop(): Promise<void>;
}

/** AWS's settings as moto plays them, on a port of its own choice on loopback. */
export async function startMoto(): Promise<Moto> {
  const process_ = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MOTO_ACM_VALIDATION_WAIT: '1', PYTHONUNBUFFERED: '1' },
  });
  const url = await addressOf(process_);
  return {
    url,
    stop: async () => {
      const ended = once(process_, 'exit');
      process_.kill('SIGKILL');
      await ended;
    },
  };
}

async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error('moto_server has no standard error');
  for await (const line of createInterface({ input: stderr })) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (!url) continue;
    stderr.resume();
    return url;
  }
  throw new Error('moto_server did not say where it listens');
}
