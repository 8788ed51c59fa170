import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { acceptHandler } from '../../src/accept/handler.ts';
import { decryptHandler } from '../../src/decrypt/handler.ts';
import { processHandler } from '../../src/process/handler.ts';
import { batch, posted } from './events.ts';
import type { Random } from './random.ts';
import type { ShopAtAws } from './shop.ts';

interface Weather {
  random: Random;
  /** How often a queue hands out each message. */
  copies: () => number;
  /** So many instances of each function at once. */
  instances: number;
}

/** Posts the bodies in any order, and lets the functions work until both queues are empty. */
export async function runPipeline(
  shop: ShopAtAws,
  bodies: readonly string[],
  weather: Weather,
): Promise<void> {
  const { random, instances } = weather;
  const posts = random.shuffled(bodies);
  await inParallel(instances, () => {
    const accept = acceptHandler(shop.environment);
    return async () => {
      const body = posts.pop();
      if (body === undefined) return false;
      const { statusCode } = await accept(posted(body));
      if (statusCode !== 200) posts.unshift(body);
      return true;
    };
  });
  await invoke(shop, shop.queues.toDecrypt, () => decryptHandler(shop.environment), weather);
  await invoke(shop, shop.queues.toProcess, () => processHandler(shop.environment), weather);
}

/** What an event source mapping does: batches of 10, and what failed comes again. */
async function invoke(
  shop: ShopAtAws,
  queueUrl: string,
  start: () => (event: SQSEvent) => Promise<SQSBatchResponse>,
  { random, copies, instances }: Weather,
): Promise<void> {
  const held = (await shop.drain(queueUrl)).map(({ Body = '' }) => Body);
  const queue = random.shuffled(held.flatMap((body) => Array.from({ length: copies() }, () => body)));
  await inParallel(instances, () => {
    const handler = start();
    return async () => {
      const bodies = queue.splice(0, 10);
      if (bodies.length === 0) return false;
      const { batchItemFailures } = await handler(batch(...bodies));
      for (const { itemIdentifier } of batchItemFailures)
        queue.push(bodies[Number(itemIdentifier.slice(1))] ?? '');
      return true;
    };
  });
}

/** Each instance goes on until there is nothing left for it to do. */
const inParallel = (instances: number, start: () => () => Promise<boolean>) =>
  Promise.all(
    Array.from({ length: instances }, async () => {
      const step = start();
      while (await step());
    }),
  );
