/** blackbox_exporter, the peer that looks at a road piece by piece. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Road } from './road-world.ts';

const PROGRAM = 'prometheus-blackbox-exporter';

export interface Blackbox {
  /** DNS, TLS and HTTPS, in one probe each. */
  look(): Promise<void>;
  stop(): void;
}

/** Starts it; undefined where it is not installed. */
export async function startBlackbox(
  folder: string,
  { name, caFile, road }: { name: string; caFile: string; road: Road },
): Promise<Blackbox | undefined> {
  if (spawnSync(PROGRAM, ['--version']).error) return;
  const config = join(folder, 'blackbox.json');
  const tls = { ca_file: caFile, server_name: name };
  const modules = {
    dns: { prober: 'dns', dns: { query_name: name, query_type: 'A' } },
    tls: { prober: 'tcp', tcp: { tls: true, tls_config: tls } },
    https: { prober: 'http', http: { valid_status_codes: [403], tls_config: tls } },
  };
  writeFileSync(config, JSON.stringify({ modules }));
  const child = spawn(PROGRAM, [`--config.file=${config}`, '--web.listen-address=127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const agent = new Agent({ keepAlive: true });
  const address = await listeningAt(child.stderr);
  const urls = [
    `dns&target=127.0.0.1:${road.dnsPort}`,
    `tls&target=127.0.0.1:${road.port}`,
    `https&target=https://127.0.0.1:${road.port}/shop&hostname=${name}`,
  ].map((query) => `http://${address}/probe?module=${query}`);
  return {
    async look() {
      for (const url of urls) await probe(url, agent);
    },
    stop() {
      agent.destroy();
      child.kill();
    },
  };
}

async function listeningAt(log: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(log)) {
    const [, address] = /Listening on.*address=(\S+)/.exec(line) ?? [];
    if (address === undefined) continue;
    log.resume();
    return address;
  }
  throw new Error(`${PROGRAM} did not start.`);
}

async function probe(url: string, agent: Agent): Promise<void> {
  const [response] = await once(get(url, { agent }), 'response');
  const text = (await response.toArray()).join('');
  if (!text.includes('\nprobe_success 1\n')) throw new Error(`${url} is not open: ${text.slice(-500)}`);
}
