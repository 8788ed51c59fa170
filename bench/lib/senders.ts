import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ShopClient, Till } from '@amis-shop/shop-client';
import type { FarShop } from './far-shop.ts';
import { publicKeys, SALE } from './shop.ts';

const AT_ONCE = 16;
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A way to bring many sales to the shop. */
export interface Sender {
  send(sales: number): Promise<void>;
  close(): Promise<void>;
}

/** A program that says its first line when it is ready. */
async function start(command: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const lines = createInterface(child.stdout);
  return { child, lines, line: await lineOf(lines) };
}

/** @throws where the program ends before it says another line */
async function lineOf(lines: Interface): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const onClose = () => reject(new Error('a program has ended too early'));
  lines.once('line', resolve).once('close', onClose);
  try {
    return await promise;
  } finally {
    lines.off('close', onClose);
  }
}

/** Starts a shop of its own process, so many milliseconds of round trip away. */
export async function startFarShop(roundTripMs: number): Promise<FarShop & { child: ChildProcess }> {
  const { child, line } = await start(process.execPath, [
    '--conditions=source',
    here('far-shop.ts'),
    String(roundTripMs),
  ]);
  return { ...(JSON.parse(line) as FarShop), child };
}

export function hasOldClient(): boolean {
  return spawnSync('python3', ['-c', 'import boto3, requests']).status === 0;
}

export async function oldClient({ url, kmsEndpoint, ca }: FarShop, folder: string): Promise<Sender> {
  const caFile = join(folder, `ca-${new URL(url).port}.pem`);
  writeFileSync(caFile, ca);
  const { child, lines } = await start('python3', [here('old-client.py')], {
    SHOP_URL: url,
    SHOP_CA: caFile,
    AWS_ENDPOINT_URL_KMS: kmsEndpoint,
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
  });
  return {
    async send(sales) {
      child.stdin.write(`${sales}\n`);
      await lineOf(lines);
    },
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

const settings = ({ url, ca }: FarShop) => ({ shopId: 'AMIS1', url, ca, keyCacheDir: false as const });

/** So many callers, each of which goes on when its last step is done. */
async function atOnce(times: number, step: () => Promise<unknown>): Promise<void> {
  let left = times;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await step();
    }),
  );
}

/** 16 at once by Node's own fetch, kept nowhere; the process must trust the shop's authority. */
export function fetchSender(shop: FarShop): Sender {
  const client = new ShopClient(settings(shop), { publicKeys });
  const headers = { 'content-type': 'application/json' };
  const post = async () => {
    const { messages } = await client.seal(SALE);
    const body = messages[0]?.body ?? '';
    return (await fetch(shop.url, { method: 'POST', headers, body })).text();
  };
  return { send: (sales) => atOnce(sales, post), close: async () => undefined };
}

/** By a till: each sale is on disk before it is posted, and its acceptance before it counts here. */
export async function tillSender(shop: FarShop, file: string): Promise<Sender & { till: Till }> {
  const till = await Till.open({ ...settings(shop), file }, { publicKeys });
  return {
    till,
    async send(sales) {
      let left = sales;
      const { promise, resolve } = Promise.withResolvers<void>();
      const onAccepted = () => {
        left -= 1;
        if (left === 0) resolve();
      };
      till.on('accepted', onAccepted);
      await atOnce(sales, () => till.record(SALE));
      await promise;
      till.off('accepted', onAccepted);
    },
    async close() {
      await till.close();
    },
  };
}
