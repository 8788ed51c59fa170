import { generateKeyPairSync } from 'node:crypto';
import type { DiagnosticMessages } from '@amis-shop/shop-client';
import { scriptedFaults } from '@amis-shop/shop-client/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listen } from '../src/listen.ts';
import { openTill, SALE, SECRET } from './support.ts';

const CHANNELS = [
  'amis-shop.recorded',
  'amis-shop.posted',
  'amis-shop.accepted',
  'amis-shop.rejected',
  'amis-shop.retrying',
  'amis-shop.held',
  'amis-shop.resumed',
] as const satisfies (keyof DiagnosticMessages)[];

test('no message on any channel holds a payload, a key or a credential', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const faults = scriptedFaults(['status-500', 'quota']);
  const { till, sandbox } = await openTill(
    { shops: { AMIS1: { devices: [{ tillId: 'till-07', jwk }] } }, faults },
    { deviceKey: privateKey },
  );
  const messages: [name: string, message: unknown][] = [];
  const note = (name: string) => (message: unknown) => void messages.push([name, message]);
  onTestFinished(listen(Object.fromEntries(CHANNELS.map((name) => [name, note(name)]))));
  const { saleId } = await till.record(SALE);
  await vi.waitFor(() => expect(till.status().held).toBeDefined(), 10_000);
  await till.flush();
  await till.accepted(saleId);
  expect(sandbox.books().booked).toBe(1);

  const told = messages.map(([name]) => name);
  for (const name of ['recorded', 'posted', 'retrying', 'held', 'resumed', 'accepted']) {
    expect(told).toContain(`amis-shop.${name}`);
  }
  const text = JSON.stringify(messages);
  const line = SALE.sales[0];
  const privateJwk = privateKey.export({ format: 'jwk' });
  const secrets = [...Object.values(line ?? {}), SECRET, privateJwk.d, jwk.x].map(String);
  for (const secret of secrets.filter((one) => one.length > 2)) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/BEGIN|eyJ|[A-Za-z0-9_+/-]{43,}/);
  for (const [, message] of messages) {
    for (const name of Object.keys(message as object)) expect(FIELDS).toContain(name);
  }
});

const FIELDS = [
  ...[
    'shopId',
    'saleId',
    'seq',
    'protocol',
    'durationMs',
    'outcome',
    'code',
    'statusCode',
    'requestId',
    'bytes',
  ],
  ...['attempts', 'retryAt'],
];
