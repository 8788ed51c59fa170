/** A till in a process of its own that records a sale for each id that it is sent, and answers with its number or the error's code. */
import { Till } from '../../src/till/till.ts';
import { SALE } from './client.ts';
import { shopKey } from './vectors.ts';

export type Answered = { seq: number } | { code: string; message: string };

const [file = ''] = process.argv.slice(2);
const key = shopKey('RSA_2048');
const publicKeys = { current: async () => key, refresh: async () => key, problem: undefined };
const options = { shopId: 'AMIS1', tillId: 'till-07', url: 'https://api.retsema.eu/shop' } as const;
const till = await Till.open({ ...options, file, deliver: false, keyCacheDir: false }, { publicKeys });

process.on('message', async (saleId: string) => {
  const answered: Answered = await till.record(SALE, { saleId }).then(
    ({ seq }) => ({ seq }),
    ({ code, message }: { code: string; message: string }) => ({ code, message }),
  );
  process.send?.(answered);
});
process.send?.('open');
