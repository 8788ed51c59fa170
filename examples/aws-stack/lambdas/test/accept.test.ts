import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { acceptHandler } from '../src/accept/handler.ts';
import { posted } from './support/events.ts';
import { captureOutput } from './support/output.ts';
import { layDown, type ShopAtAws } from './support/shop.ts';
import { type StandIn, startStandIn } from './support/stand-in/index.ts';
import { asIn2020, SALE, sealed } from './support/tills.ts';

const OK = { statusCode: 200, headers: { 'content-type': 'application/json' }, body: '"OK"' };
const RUBBISH = '{"nothing": "", "anything": "This is rubbish"}';

let standIn: StandIn;
let shop: ShopAtAws;
let output: ReturnType<typeof captureOutput>;

beforeAll(async () => {
  standIn = await startStandIn();
  shop = await layDown(standIn);
});
beforeEach(() => {
  output = captureOutput();
});
afterAll(() => shop.close());

const accept = (body: string | null, { rubbish = 'accept', isBase64Encoded = false } = {}) =>
  acceptHandler({ ...shop.environment, RUBBISH: rubbish })(posted(body, isBase64Encoded));
const published = async () => (await shop.drain(shop.queues.toDecrypt)).map(({ Body }) => Body ?? '');

test('a message gets 200 "OK" and is published with its known fields alone', async () => {
  const [body = ''] = await sealed(SALE);
  expect(await accept(body.replace('{', '{"extra":"x",'))).toEqual(OK);
  expect(await published()).toEqual([body]);
});

test('the bytes of the client of 2020 are taken as they were', async () => {
  const { key } = await shop.publicKey('alias/KeyL-AMIS1');
  const body = asIn2020(JSON.stringify(SALE), key);
  expect(await accept(body)).toEqual(OK);
  expect((await published()).map((text) => JSON.parse(text))).toEqual([JSON.parse(body)]);
});

test('a gateway that passes bodies as base64 is understood', async () => {
  const [body = ''] = await sealed(SALE, { protocol: 2 });
  expect(await accept(Buffer.from(body).toString('base64'), { isBase64Encoded: true })).toEqual(OK);
  expect(await published()).toEqual([body]);
});

describe('what is no message', () => {
  test.each([RUBBISH, '', null, 'no JSON', '[]', '{"shop_id":"\\uffff","content_base64":"QQ=="}'])(
    'gets 200 like from the back end of 2020, and is kept: %j',
    async (body) => {
      expect(await accept(body)).toEqual(OK);
      const [kept = '{}'] = await published();
      const { rubbish_base64 } = JSON.parse(kept) as { rubbish_base64: string };
      expect(Buffer.from(rubbish_base64, 'base64').toString()).toBe(body ?? '');
    },
  );

  test('gets 400 where the stack says so, and is not kept', async () => {
    expect(await accept(RUBBISH, { rubbish: 'refuse' })).toMatchObject({
      statusCode: 400,
      body: '"NotOK: malformed message"',
    });
    expect(await published()).toEqual([]);
    expect(output.metric('Rubbish')).toEqual([1]);
  });

  test('is never written to the log', async () => {
    await accept(RUBBISH);
    await published();
    expect(output.text()).not.toContain('anything');
  });
});

test('more than a message can have gets 413, whatever else is asked', async () => {
  expect(await accept('x'.repeat(262_145))).toMatchObject({ statusCode: 413 });
  expect(await published()).toEqual([]);
});

test('the largest message there can be is published', async () => {
  const frame = JSON.stringify({ v: 2, shop_id: 'AMIS1', id: '1', jwe: '' });
  const body = frame.replace('"jwe":""', `"jwe":"${'x'.repeat(262_144 - frame.length)}"`);
  expect(await accept(body)).toEqual(OK);
  expect(await published()).toEqual([body]);
});

test('what could not be published gets the 500 of 2020, and the till sends it again', async () => {
  const [body = ''] = await sealed(SALE);
  standIn.meddle = (operation) => (operation === 'Publish' ? 'InternalError' : undefined);
  expect(await accept(body)).toMatchObject({
    statusCode: 500,
    body: '"NotOK: retry later, admins: see cloudwatch logs for error"',
  });
  standIn.meddle = () => undefined;
  expect(output.text()).not.toContain('content_base64');
  expect(await accept(body)).toEqual(OK);
  expect(await published()).toEqual([body]);
});

test('a stack that forgot a variable, or means nothing by it, is told at the start', () => {
  expect(() => acceptHandler({})).toThrow('TO_DECRYPT_TOPIC_ARN');
  expect(() => acceptHandler({ ...shop.environment, RUBBISH: 'maybe' })).toThrow('RUBBISH');
});
