import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectedTotals, totalsOf } from './support/books.ts';
import { type Day, dayOf } from './support/day.ts';
import { hasMoto, MOTO_MISSING, startMoto } from './support/moto.ts';
import { captureOutput } from './support/output.ts';
import { runPipeline } from './support/pipeline.ts';
import { randomFrom } from './support/random.ts';
import { layDown, type ShopAtAws } from './support/shop.ts';
import { type StandIn, startStandIn } from './support/stand-in/index.ts';

/** What the functions call. */
const CALLS = ['Publish', 'Query', 'SendMessage', 'TransactWriteItems', 'GetItem', 'PutItem'];
const FAULTS = ['reset', 'lost', 'InternalError', 'ThrottlingException'];

let shop: ShopAtAws;
let output: ReturnType<typeof captureOutput>;

beforeEach(() => {
  output = captureOutput();
});
afterEach(() => shop.close());

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

async function expectBookedOnce({ sales, bodies }: Day) {
  expect(totalsOf(await shop.books())).toEqual(expectedTotals(sales));
  expect((await shop.ledger()).filter(({ id }) => id?.S?.startsWith('sale#'))).toHaveLength(bodies.length);
  expect(sum(output.metric('SequenceForks')) + sum(output.metric('Replayed'))).toBe(0);
  expect(await shop.drain(shop.queues.deadLetters)).toEqual([]);
}

describe('at the stand-in', () => {
  let standIn: StandIn;

  beforeEach(async () => {
    standIn = await startStandIn();
    shop = await layDown(standIn);
  });

  test('10,000 messages, 3,000 of which are posted again, in any order, are booked exactly', {
    timeout: 600_000,
  }, async () => {
    const random = randomFrom(1);
    const day = await dayOf(shop, 10_000, random);
    const again = random.shuffled(day.bodies).slice(0, 3_000);
    await runPipeline(shop, [...day.bodies, ...again], { random, copies: () => 1, instances: 8 });
    await expectBookedOnce(day);
    expect(sum(output.metric('Booked')) + sum(output.metric('Repeated'))).toBeGreaterThanOrEqual(13_000);
  });

  test.each([1, 2, 3])(
    'each message 1 to 5 times at every hop, by a network and services that fail: seed %i',
    async (seed) => {
      const random = randomFrom(seed);
      const day = await dayOf(shop, 40, random);
      standIn.meddle = (operation) =>
        CALLS.includes(operation) && random.next() < 0.05
          ? FAULTS[random.between(0, FAULTS.length - 1)]
          : undefined;
      const posted = day.bodies.flatMap((body) => Array.from({ length: random.between(1, 5) }, () => body));
      await runPipeline(shop, posted, { random, copies: () => random.between(1, 5), instances: 4 });
      standIn.meddle = () => undefined;
      await expectBookedOnce(day);
    },
  );
});

describe.skipIf(!hasMoto)(`at moto${MOTO_MISSING}`, () => {
  test('each message 1 to 5 times at every hop is booked once', { timeout: 300_000 }, async () => {
    shop = await layDown(await startMoto());
    const random = randomFrom(4);
    const day = await dayOf(shop, 60, random);
    const posted = day.bodies.flatMap((body) => Array.from({ length: random.between(1, 2) }, () => body));
    await runPipeline(shop, posted, { random, copies: () => random.between(1, 5), instances: 1 });
    await expectBookedOnce(day);
  });
});
