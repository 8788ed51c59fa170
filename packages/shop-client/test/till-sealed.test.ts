import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { SALE } from './support/client.ts';
import { answer, openTill, shopThat } from './support/till.ts';
import { privateKey, receiverFor } from './support/vectors.ts';

const devices = [{ till_id: 'till-07', key: 'device' }];
const receiver = receiverFor({ shop_id: 'AMIS1', keys: ['RSA_2048'], devices });

test.each([
  ['', {}],
  [' and signed', { deviceKey: privateKey('device') }],
])('a sale that a till sealed%s says when, in whole seconds of its clock', async (_, options) => {
  const clock = () => 1_795_000_000_999;
  const till = await openTill({ deliver: false, protocol: 2, ...options }, { clock });
  await till.record(SALE, { saleId: 'A' });
  const message = till.find('A')?.messages[0];
  expect(await receiver.open(message?.body ?? '')).toMatchObject({
    saleId: 'A',
    tillId: 'till-07',
    seq: 1,
    issuedAt: 1_795_000_000,
  });
});

test('whose deliveries are held and go on is said on the diagnostics channels', async () => {
  const seen: unknown[] = [];
  const listen = (message: unknown, name: string | symbol) => void seen.push([name, message]);
  for (const name of ['amis-shop.held', 'amis-shop.resumed']) {
    subscribe(name, listen);
    onTestFinished(() => void unsubscribe(name, listen));
  }
  let known = false;
  const till = await openTill({}, { ...shopThat(() => answer(known ? 200 : 401)), random: () => 0.01 });
  const resumed = once(till, 'resumed');
  const held = once(till, 'held');
  await till.record(SALE);
  await held;
  known = true;
  await resumed;
  expect(seen).toEqual([
    ['amis-shop.held', { shopId: 'AMIS1', code: 'unauthorized' }],
    ['amis-shop.resumed', { shopId: 'AMIS1' }],
  ]);
});
