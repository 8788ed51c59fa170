/** Sales encrypted and delivered over verified TLS: the old client, fetch without an outbox, and a till with one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setDefaultCACertificates } from 'node:tls';
import { type Contender, compareRates, print } from './lib/ratio.ts';
import {
  fetchSender,
  hasOldClient,
  oldClient,
  type Sender,
  startFarShop,
  tillSender,
} from './lib/senders.ts';

const SALES = 1000;
const ROUND_TRIP_MS = 15;
const AT_ONCE = 16;
const ROUNDS = 7;

const folder = mkdtempSync(join(tmpdir(), 'deliver-bench-'));
const withOldClient = hasOldClient();
if (!withOldClient)
  process.stderr.write('without the old client: python3 with boto3 and requests is not here\n');
const far = await startFarShop(ROUND_TRIP_MS);
const near = await startFarShop(0);
setDefaultCACertificates([far.ca, near.ca]);
const senders: Sender[] = [];

try {
  const farTill = await opened(tillSender(far, join(folder, 'far.db')));
  const farFetch = await opened(fetchSender(far));
  const nearTill = await opened(tillSender(near, join(folder, 'near.db')));
  const nearFetch = await opened(fetchSender(near));
  const farOld = withOldClient ? await opened(oldClient(far, folder)) : undefined;
  const nearOld = withOldClient ? await opened(oldClient(near, folder)) : undefined;
  const limit = {
    name: `limit: ${AT_ONCE} waits of ${ROUND_TRIP_MS} ms at once`,
    run: waits,
    operations: SALES,
  };
  print(
    await compareRates({
      title: `Deliver ${SALES} sales, ${ROUND_TRIP_MS} ms away`,
      rounds: ROUNDS,
      contenders: [
        limit,
        contender('fetch, 16 at once, no outbox', farFetch, SALES),
        contender('Till, outbox included', farTill, SALES, 0.65),
      ],
    }),
    ...(farOld ? [await againstOld(`${ROUND_TRIP_MS} ms away`, farOld, 20, farTill, 50)] : []),
    ...(nearOld
      ? [
          await againstOld(
            'without delay',
            nearOld,
            100,
            nearTill,
            5,
            contender('fetch, 16 at once, no outbox', nearFetch, SALES),
          ),
        ]
      : []),
  );
} finally {
  for (const sender of senders) await sender.close();
  far.child.kill();
  near.child.kill();
  rmSync(folder, { recursive: true });
}

async function opened<S extends Sender>(opening: S | Promise<S>): Promise<S> {
  const sender = await opening;
  senders.push(sender);
  return sender;
}

function contender(name: string, sender: Sender, sales: number, aim?: number): Contender {
  return { name, run: () => sender.send(sales), operations: sales, ...(aim !== undefined && { aim }) };
}

async function againstOld(
  where: string,
  old: Sender,
  sales: number,
  till: Sender,
  aim: number,
  ...others: Contender[]
) {
  return await compareRates({
    title: `Deliver ${SALES} sales, ${where}, against the old client`,
    rounds: ROUNDS,
    contenders: [
      contender('the client of 2020: boto3 and requests', old, sales),
      ...others,
      contender('Till, outbox included', till, SALES, aim),
    ],
  });
}

async function waits(): Promise<void> {
  let left = SALES;
  const one = async () => {
    while (left-- > 0) await sleep(ROUND_TRIP_MS);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}
