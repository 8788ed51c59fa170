import { parentPort, workerData } from 'node:worker_threads';
import { Till } from '../../src/till/till.ts';
import { SALE } from './client.ts';
import { shopKey } from './vectors.ts';

export interface AdopterOrders {
  files: readonly string[];
  shopId: string;
  adopters: number;
  begun: Int32Array;
}

/** A till of its own shop that opens each outbox at the same moment as the others, and records one sale in it. */
const { files, shopId, adopters, begun } = workerData as AdopterOrders;
const key = shopKey('RSA_2048');
const publicKeys = { current: async () => key, refresh: async () => key, problem: undefined };
const outcomes: string[] = [];
for (const [round, file] of files.entries()) {
  if (Atomics.add(begun, 0, 1) + 1 === adopters * (round + 1)) Atomics.notify(begun, 0);
  for (let seen = Atomics.load(begun, 0); seen < adopters * (round + 1); seen = Atomics.load(begun, 0)) {
    Atomics.wait(begun, 0, seen, 1_000);
  }
  outcomes.push(await recordOne(file));
}
parentPort?.postMessage(outcomes);

async function recordOne(file: string): Promise<string> {
  const url = `https://${shopId.toLowerCase()}.retsema.eu/shop`;
  const options = { shopId, url, file, deliver: false, keyCacheDir: false } as const;
  try {
    await using till = await Till.open(options, { publicKeys });
    await till.record(SALE);
    return 'recorded';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
