import { generateKeyPairSync } from 'node:crypto';
import type { OpenedSale } from '@amis-shop/shop-client/receiver';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deviceRow, shopRow } from '../src/common/registry-rows.ts';
import { decryptHandler } from '../src/decrypt/handler.ts';
import { batch } from './support/events.ts';
import { numberVectors } from './support/number-vectors.ts';
import { captureOutput } from './support/output.ts';
import { layDown, type ShopAtAws } from './support/shop.ts';
import { type StandIn, startStandIn } from './support/stand-in/index.ts';
import { asIn2020, SALE, type SigningTill, sealed, signingTill } from './support/tills.ts';

let standIn: StandIn;
let shop: ShopAtAws;
let till: SigningTill;
let output: ReturnType<typeof captureOutput>;

beforeAll(async () => {
  standIn = await startStandIn();
  shop = await layDown(standIn);
  till = await newTill('till-07');
  await shop.register(deviceRow('AMIS1', till.device, till.thumbprint));
});
beforeEach(() => {
  standIn.meddle = () => undefined;
  output = captureOutput();
});
afterAll(() => shop.close());

async function newTill(tillId: string) {
  const { key, entry } = await shop.publicKey('alias/KeyL-AMIS1');
  return await signingTill(tillId, { kid: entry.kid, publicKey: key });
}

const start = (environment = {}) => decryptHandler({ ...shop.environment, ...environment });
const failed = (...ids: string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});
const opened = async () =>
  (await shop.drain(shop.queues.toProcess)).map(({ Body = '' }) => JSON.parse(Body) as OpenedSale);
const buried = async () =>
  (await shop.drain(shop.queues.deadLetters)).map(({ Body, MessageAttributes }) => ({
    body: Body,
    reason: MessageAttributes?.['reason']?.StringValue,
  }));

/** Opens, or tells why not. */
async function outcomeOf(body: string, handler = start()): Promise<string | undefined> {
  expect(await handler(batch(body))).toEqual(failed());
  const [letter] = await buried();
  const sales = await opened();
  expect(sales.length + Number(letter !== undefined)).toBe(1);
  if (letter !== undefined) expect(letter.body).toBe(body);
  return letter?.reason ?? 'opened';
}

describe('a sale is opened and passed on', () => {
  test('from the client of 2020', async () => {
    const { key } = await shop.publicKey('alias/KeyL-AMIS1');
    await start()(batch(asIn2020(JSON.stringify(SALE), key)));
    expect(await opened()).toMatchObject([{ version: 1, shopId: 'AMIS1', sale: SALE }]);
  });

  test('by version 1, in parts', async () => {
    const sale = {
      sales: Array.from({ length: 9 }, (_, i) => ({ ...SALE.sales[0], item_no: `${i}` })),
    } as typeof SALE;
    const parts = await sealed(sale, { protocol: 1 });
    expect(parts.length).toBeGreaterThan(3);
    await start()(batch(...parts));
    const items = (await opened()).flatMap(({ sale: { sales } }) => sales.map(({ item_no }) => item_no));
    expect(items.sort()).toEqual(sale.sales.map(({ item_no }) => item_no));
  });

  test('by version 2, with its id, and without a signature where none is demanded', async () => {
    await start()(batch(...(await sealed(SALE, { protocol: 2 }, 'sale-1'))));
    expect(await opened()).toMatchObject([{ version: 2, saleId: 'sale-1', sale: SALE }]);
  });

  test('by version 2, signed by our client and by another implementation', async () => {
    const bodies = [
      ...(await sealed(SALE, { tillId: 'till-07', deviceKey: till.deviceKey })),
      await till.seal(SALE, { seq: 17 }),
    ];
    await start()(batch(...bodies));
    const sales = await opened();
    expect(sales.map(({ signedBy, tillId }) => [signedBy, tillId])).toEqual([
      [till.thumbprint, 'till-07'],
      [till.thumbprint, 'till-07'],
    ]);
    expect(sales.map(({ seq }) => seq)).toContain(17);
  });
});

describe('what can never be opened is kept as it came, with the reason', () => {
  test.each([
    ['malformed', '{"rubbish_base64":"eA=="}'],
    ['not_json', 'x'],
    ['unknown_shop', '{"shop_id":"AMIS9","content_base64":"QQ=="}'],
    ['decrypt', '{"shop_id":"AMIS1","content_base64":"QQ=="}'],
  ])('%s', async (reason, body) => {
    expect(await outcomeOf(body)).toBe(reason);
    expect(output.metric('Poison')).toEqual([1]);
  });

  test.each(['InvalidCiphertextException', 'ValidationException'] as const)(
    'a message of which KMS says %s, at once',
    async (name) => {
      for (const protocol of [1, 2] as const) {
        const [body = ''] = await sealed(SALE, { protocol });
        shop.sandbox.kms.failNext(name);
        expect(await outcomeOf(body)).toBe('decrypt');
      }
    },
  );

  test('a message that was moved to another shop', async () => {
    const [one = ''] = await sealed(SALE, { protocol: 1 });
    const [two = ''] = await sealed(SALE, { protocol: 2 });
    expect(await outcomeOf(one.replace('AMIS1', 'AMIS2'))).toBe('decrypt');
    expect(await outcomeOf(two.replace('AMIS1', 'AMIS2'))).toBe('unknown_key');
  });

  test("a till of another shop, with another till's key, and one that nobody registered", async () => {
    const stranger = await newTill('till-08');
    expect(await outcomeOf(await stranger.seal(SALE, { seq: 1 }))).toBe('signature');
    expect(await outcomeOf(await stranger.seal(SALE, { seq: 1, signedAs: 'till-07' }))).toBe('signature');
    await shop.register(deviceRow('AMIS2', stranger.device, stranger.thumbprint));
    expect(await outcomeOf(await stranger.seal(SALE, { seq: 1 }))).toBe('signature');
  });

  test('a sale that was sealed for another address, where the shop says by which it is reached', async () => {
    const [body = ''] = await sealed(SALE, { protocol: 2, url: 'https://elsewhere.test/shop' });
    const handler = start({ AUDIENCES: 'https://api.shop.test,https://amis.shop.test' });
    expect(await outcomeOf(body, handler)).toBe('disagreement');
    expect(await outcomeOf(await till.seal(SALE, { seq: 2 }), handler)).toBe('opened');
  });

  test.each(numberVectors.invalid.decimal)(
    'the number $value ($reason), at once',
    async ({ value, reason }) => {
      const { key } = await shop.publicKey('alias/KeyL-AMIS1');
      const sale = { sales: [{ ...SALE.sales[0], gross_turnover: value }] };
      const code = reason === 'type' ? 'invalid_sale' : 'invalid_number';
      expect(await outcomeOf(asIn2020(JSON.stringify(sale), key))).toBe(code);
    },
  );

  test('neither the log nor the dead letters hold what was opened', async () => {
    const { key } = await shop.publicKey('alias/KeyL-AMIS1');
    await start()(batch(asIn2020('{"sales": "a secret of the shop"}', key)));
    const [letter] = await buried();
    expect(letter?.reason).toBe('invalid_sale');
    expect(`${letter?.body}${output.text()}`).not.toContain('secret');
  });
});

describe('a shop that demands signatures', () => {
  beforeAll(() => shop.register(shopRow('AMIS1', true)));
  afterAll(() => shop.register(shopRow('AMIS1', false)));

  test('opens what a registered device signed, and nothing else', async () => {
    const { key } = await shop.publicKey('alias/KeyL-AMIS1');
    const [one = ''] = await sealed(SALE, { protocol: 1 });
    const [two = ''] = await sealed(SALE, { protocol: 2 });
    expect(await outcomeOf(await till.seal(SALE, { seq: 3 }))).toBe('opened');
    expect(await outcomeOf(one)).toBe('signature');
    expect(await outcomeOf(two)).toBe('signature');
    expect(await outcomeOf(asIn2020(JSON.stringify(SALE), key))).toBe('signature');
  });
});

describe('what the operator changes counts for the next message, though the registry is remembered', () => {
  test('a device', async () => {
    const handler = start();
    const late = await newTill('till-09');
    expect(await outcomeOf(await late.seal(SALE, { seq: 1 }), handler)).toBe('signature');
    await shop.register(deviceRow('AMIS1', late.device, late.thumbprint));
    expect(await outcomeOf(await late.seal(SALE, { seq: 1 }), handler)).toBe('opened');
  });

  test('a shop', async () => {
    const handler = start();
    shop.sandbox.kms.importKey('alias/KeyL-AMIS3', rsaKey().privateKey);
    const [body = ''] = await sealed(SALE, { shopId: 'AMIS3' });
    expect(await outcomeOf(body, handler)).toBe('unknown_shop');
    await shop.register(shopRow('AMIS3', false));
    await shop.registerKey('AMIS3');
    expect(await outcomeOf(body, handler)).toBe('opened');
  });

  test('the registry is read once for many messages', async () => {
    const handler = start();
    const bodies = await Promise.all(Array.from({ length: 10 }, () => sealed(SALE)));
    const before = standIn.calls['Query'] ?? 0;
    await handler(batch(...bodies.flat()));
    await handler(batch(...(await sealed(SALE))));
    expect((standIn.calls['Query'] ?? 0) - before).toBe(1);
    expect(await opened()).toHaveLength(11);
  });
});

test('after a rotation, what was sealed for the previous key is opened as well as for the current one', async () => {
  const before = [...(await sealed(SALE, { protocol: 1 })), ...(await sealed(SALE, { protocol: 2 }))];
  shop.sandbox.kms.importKey('alias/KeyL-AMIS1', rsaKey().privateKey);
  const handler = start();
  const after = [...(await sealed(SALE, { protocol: 1 })), ...(await sealed(SALE, { protocol: 2 }))];
  for (const body of before) expect(await outcomeOf(body, handler)).toBe('opened');
  for (const body of after) expect(await outcomeOf(body, handler)).toMatch(/^(decrypt|unknown_key)$/);
  await shop.registerKey('AMIS1');
  for (const body of [...before, ...after]) expect(await outcomeOf(body, handler)).toBe('opened');
});

describe('what may pass is no fault of the message: it comes again', () => {
  test.each([
    ['ThrottlingException', 3],
    ['KMSInternalException', 3],
    ['AccessDeniedException', 1],
  ])('KMS: %s, after %i attempts', async (name, attempts) => {
    const [body = ''] = await sealed(SALE, { protocol: 2 });
    shop.sandbox.kms.failNext(name, attempts);
    expect(await start()(batch(body))).toEqual(failed('m0'));
    expect(output.text()).toContain(`"cause":"${name}"`);
    expect([...(await opened()), ...(await buried())]).toEqual([]);
    expect(await outcomeOf(body)).toBe('opened');
  });

  test.each(['Query', 'Publish', 'SendMessage'])('%s is refused: nothing is lost', async (broken) => {
    const bodies = [...(await sealed(SALE)), '{"shop_id":"AMIS1","content_base64":"QQ=="}'];
    standIn.meddle = (operation) => (operation === broken ? 'InternalError' : undefined);
    const { batchItemFailures } = await start()(batch(...bodies));
    expect(batchItemFailures).not.toEqual([]);
    standIn.meddle = () => undefined;
    await start()(
      batch(...batchItemFailures.map(({ itemIdentifier }) => bodies[Number(itemIdentifier[1])] ?? '')),
    );
    expect([(await opened()).length, (await buried()).length]).toEqual([1, 1]);
  });

  test('one that fails holds up no other of its batch', async () => {
    const bodies = (await Promise.all([1, 2, 3].map(() => sealed(SALE)))).flat();
    let publishes = 0;
    standIn.meddle = (operation) =>
      operation === 'Publish' && ++publishes === 2 ? 'InvalidParameter' : undefined;
    const { batchItemFailures } = await start()(batch(...bodies));
    expect(batchItemFailures).toHaveLength(1);
    expect(await opened()).toHaveLength(2);
  });
});

const rsaKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
