import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { acceptHandler } from '../src/accept/handler.ts';
import { at, shopRow } from '../src/common/registry-rows.ts';
import { decryptHandler } from '../src/decrypt/handler.ts';
import { processHandler } from '../src/process/handler.ts';
import { batch, posted } from './support/events.ts';
import { captureOutput } from './support/output.ts';
import { layDown, type ShopAtAws } from './support/shop.ts';
import { startStandIn } from './support/stand-in/index.ts';
import { SALE, sealed } from './support/tills.ts';

let shop: ShopAtAws;
let output: ReturnType<typeof captureOutput>;

beforeAll(async () => {
  shop = await layDown(await startStandIn());
});
beforeEach(() => {
  output = captureOutput();
});
afterAll(() => shop.close());

const failed = (...ids: string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});
const openedShops = async () =>
  (await shop.drain(shop.queues.toProcess)).map(({ Body = '' }) => JSON.parse(Body).shopId);
const ofBothShops = async () =>
  (await Promise.all(['AMIS1', 'AMIS2'].map((shopId) => sealed(SALE, { shopId })))).flat();

describe('what is wrong with one shop holds up no other of the batch, and is counted', () => {
  test('a key that may not be used', async () => {
    const bodies = await ofBothShops();
    shop.sandbox.kms.failNext('AccessDeniedException', 1);
    expect((await decryptHandler(shop.environment)(batch(...bodies))).batchItemFailures).toHaveLength(1);
    expect(await openedShops()).toHaveLength(1);
    expect(output.told('Failed', 'function')).toEqual(['decrypt']);
  });

  test('a row of the registry that is broken', async () => {
    const row = at('AMIS1', 'device#till-66#x');
    await shop.register({ ...row, jwk: { S: '{"kty":' } });
    const handler = decryptHandler(shop.environment);
    const bodies = await ofBothShops();
    expect(await handler(batch(...bodies))).toEqual(failed('m0'));
    expect(await openedShops()).toEqual(['AMIS2']);
    expect(output.metric('Failed')).toEqual([1]);
    await shop.unregister(row);
    expect(await handler(batch(...bodies))).toEqual(failed());
    expect(await openedShops()).toHaveLength(2);
  });
});

describe('odd events', () => {
  test('an empty batch is dealt with', async () => {
    expect(await decryptHandler(shop.environment)(batch())).toEqual(failed());
    expect(await processHandler(shop.environment)(batch())).toEqual(failed());
  });

  test.each([[''], ['null'], ['[]'], ['{"sale":{"sales":[null]}}'], ['\0']])(
    '%j is no opened sale: it fails, alone, and is counted',
    async (body) => {
      expect(await processHandler(shop.environment)(batch(body))).toEqual(failed('m0'));
      expect(output.told('Failed', 'function')).toEqual(['process']);
    },
  );

  test('a post without a body is rubbish', async () => {
    const accept = acceptHandler({ ...shop.environment, RUBBISH: 'refuse' });
    expect(await accept({} as never)).toMatchObject({ statusCode: 400 });
    expect(await accept(posted(null, true))).toMatchObject({ statusCode: 400 });
  });
});

test('a demand that cannot be read is not taken for none', async () => {
  await shop.register({ ...at('AMIS1', 'shop'), require_signature: { S: 'true' } });
  const handler = decryptHandler(shop.environment);
  expect(await handler(batch(...(await ofBothShops())))).toEqual(failed('m0'));
  await shop.register(shopRow('AMIS1', false));
  expect(await openedShops()).toEqual(['AMIS2']);
});

test.each([
  ['accept', acceptHandler, ['TO_DECRYPT_TOPIC_ARN']],
  ['decrypt', decryptHandler, ['REGISTRY_TABLE', 'TO_PROCESS_TOPIC_ARN', 'DEAD_LETTERS_QUEUE_URL']],
  ['process', processHandler, ['BOOKS_TABLE', 'LEDGER_TABLE']],
] as const)('%s does not start without what it must be told', (_, start, names) => {
  for (const name of names)
    expect(() => start({ ...shop.environment, [name]: undefined })).toThrow(`${name} is missing`);
});

test('metrics of two stacks in one account are two', async () => {
  vi.stubEnv('METRICS_NAMESPACE', 'AnotherShop');
  await processHandler(shop.environment)(batch('x'));
  vi.unstubAllEnvs();
  expect(output.text()).toContain('"Namespace":"AnotherShop"');
});
