import { setTimeout as sleep } from 'node:timers/promises';
import { type OutboxError, Till, type Transport } from '../../src/index.ts';
import { shopKey } from './vectors.ts';

/** fill-outbox FILE [SALES]: see full-disk.test.ts. Fills a file, with at most so many sales. */

const MOST = Number(process.argv[3] ?? 20_000);
const key = shopKey('RSA_2048');
const transport: Transport = {
  post: async () => ({ kind: 'answer', statusCode: 200, content: '"OK"' }),
  probe: async () => ({ kind: 'answer', statusCode: 403, content: '' }),
};
const options = {
  shopId: 'AMIS1',
  url: 'https://api.retsema.eu/shop',
  tillId: 'till-07',
  keyCacheDir: false,
} as const;
const saidBy = ({ message, hint }: OutboxError) => `${message} ${hint}`;
let why: string | undefined;
const tell = (story: object) => process.stdout.write(JSON.stringify(story));
const till = await Till.open(
  { ...options, file: process.argv[2] as string, deliver: false },
  { publicKeys: { current: async () => key, refresh: async () => key }, transport },
).catch((error: OutboxError) => {
  tell({ refusal: error.code, why: saidBy(error) });
  process.exit();
});

const record = () =>
  till.record({ sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] }).then(
    () => 'recorded',
    (error: OutboxError) => {
      why ??= saidBy(error);
      return error.code as string;
    },
  );

async function fill(): Promise<{ recorded: number; refusal: string }> {
  const { recorded: before } = till.status();
  for (let recorded = 0; recorded < MOST; recorded += 16) {
    const results = await Promise.all(Array.from({ length: 16 }, record));
    const refusal = results.find((result) => result !== 'recorded');
    if (refusal) return { recorded: till.status().recorded - before, refusal };
  }
  return { recorded: MOST, refusal: 'none' };
}

const filled = await fill();
const { queued } = till.status();
const delivered = await till.flush().catch(({ code }: { code: string }) => code);
const { ok: verified } = await till.verify();
await sleep(1_100);
const again = await record();
await till.close();
tell({ ...filled, ...(why && { why }), queued, delivered, verified, again });
