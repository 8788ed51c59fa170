/** A till in a process of its own that sells for a while, once it is told to, and tells what became of each sale. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Till } from '../../src/till/till.ts';
import { SALE } from './client.ts';
import { shopKey } from './vectors.ts';

export interface Sold {
  saleId: string;
  seq: number;
}

export interface Refused {
  code: string | undefined;
  message: string;
  hint: string | undefined;
  saleId: string | undefined;
}

export interface Told {
  /** Why close() failed. */
  closing: (string | undefined)[];
  sold: Sold[];
  refused: Refused[];
}

const [file = '', forMs = '0', pauseMs = '0'] = process.argv.slice(2);
const key = shopKey('RSA_2048');
const publicKeys = { current: async () => key, refresh: async () => key, problem: undefined };
const options = { shopId: 'AMIS1', tillId: 'till-07', url: 'https://api.retsema.eu/shop' } as const;
const till = await Till.open(
  { ...options, protocol: 2, file, deliver: false, keyCacheDir: false },
  { publicKeys },
);
const told: Told = { closing: [], sold: [], refused: [] };
const begin = once(process, 'message');
process.send?.('open');
await begin;
const until = performance.now() + Number(forMs);
while (performance.now() < until) {
  try {
    const { saleId, seq } = await till.record(SALE);
    told.sold.push({ saleId, seq });
  } catch (error) {
    const { code, message, hint, saleId } = error as Refused;
    told.refused.push({ code, message, hint, saleId });
  }
  await sleep(Number(pauseMs));
}
await till.close().catch(({ code }: Refused) => told.closing.push(code));
process.send?.(told, () => process.disconnect());
