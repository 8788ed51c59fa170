import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const hasMoto = spawnSync('moto_server', ['--help']).status === 0;

export const MOTO_MISSING = hasMoto ? '' : " (skipped: moto_server is not here; pip install 'moto[server]')";

export interface Services {
  url: string;
  close(): Promise<void>;
}

/** AWS as moto plays it, on a port of its own choice on loopback. */
export async function startMoto(): Promise<Services> {
  const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  });
  const close = async () => {
    const ended = once(moto, 'exit');
    moto.kill('SIGKILL');
    await ended;
  };
  for await (const line of createInterface({ input: moto.stderr })) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (!url) continue;
    moto.stderr.resume();
    return { url, close };
  }
  throw new Error('moto_server did not say where it listens');
}
