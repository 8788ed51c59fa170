import { cpSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { Conflicts, describeConflict } from '../src/conflicts.ts';
import { type RecordedConflict, type Sandbox, startSandbox } from '../src/index.ts';
import { ask, askPlain, oneLine } from './support/client.ts';
import { rsaKey } from './support/keys.ts';
import { clientOf, outboxFile, tillOf } from './support/till.ts';

let told: RecordedConflict[];
let sandbox: Sandbox;

async function open(): Promise<void> {
  told = [];
  sandbox = await startSandbox({ keys: { AMIS1: rsaKey }, onConflict: (conflict) => told.push(conflict) });
  onTestFinished(() => sandbox.close());
}

const turnover = () => sandbox.books().shops[0]?.items.map(({ gross_turnover }) => gross_turnover);
const dearer = oneLine('98', '5', '70.00');

test('another sale under the id of one that was booked is kept apart and shown, and a duplicate is not', async () => {
  await open();
  const shop = () => clientOf(sandbox, { protocol: 2, tillId: 'till-07' });
  await shop().send(oneLine(), { saleId: 'till-07:0001' });
  await shop().send(oneLine(), { saleId: 'till-07:0001' });
  await shop().send(dearer, { saleId: 'till-07:0001' });
  await shop().send(dearer, { saleId: 'till-07:0001' });
  expect(turnover()).toEqual(['60.00']);
  const conflict = { kind: 'sale_id', shop_id: 'AMIS1', till_id: 'till-07', sale_id: 'till-07:0001' };
  expect(sandbox.books()).toMatchObject({
    posts: 4,
    booked: 1,
    repeated: 1,
    conflicts: 1,
    sequence_conflicts: 0,
  });
  expect(sandbox.books().recent_conflicts).toMatchObject([conflict]);
  expect(told).toMatchObject([conflict]);
});

test('a till whose ids come again after they were pruned learns from the answer that nothing was booked', async () => {
  await open();
  const till = await tillOf(sandbox, outboxFile(), { protocol: 2, tillId: 'till-07' });
  await till.record(oneLine(), { saleId: 'R1' });
  await till.flush();
  await till.prune({ acceptedBefore: Date.now() + 1 });
  await till.record(dearer, { saleId: 'R1' });
  await till.flush();
  expect(turnover()).toEqual(['60.00']);
  expect(till.status()).toMatchObject({
    accepted: 2,
    saleIdConflict: { saleId: 'R1', seq: 2, count: 1 },
    sequenceConflict: undefined,
  });
  const body = till.find('R1');
  expect(body?.receipts).toMatchObject([{ saleIdConflict: true }]);
});

test('the answer names the id of another sale, each time that it is posted, and of version 2 only', async () => {
  await open();
  const headerOf = async (protocol: 1 | 2, sale: object) => {
    const client = clientOf(sandbox, { protocol, tillId: 'till-07' });
    const { messages } = await client.seal(sale as never, { saleId: 'R1' });
    const url = protocol === 2 ? `${sandbox.url}/v2` : sandbox.url;
    const { status, text, headers } = await ask(sandbox, { url, body: messages[0]?.body ?? '' });
    return [status, text, headers['amis-sale-id-conflict']];
  };
  expect(await headerOf(2, oneLine())).toEqual([200, '"OK"', undefined]);
  expect(await headerOf(2, oneLine())).toEqual([200, '"OK"', undefined]);
  for (let i = 0; i < 2; i++) expect(await headerOf(2, dearer)).toEqual([200, '"OK"', 'R1']);
  expect(await headerOf(1, dearer)).toEqual([200, '"OK"', undefined]);
});

test('two tills that use one sale id are two sales', async () => {
  await open();
  for (const tillId of ['till-07', 'till-08']) {
    await clientOf(sandbox, { protocol: 2, tillId }).send(oneLine(), { saleId: '0001' });
  }
  await clientOf(sandbox, { protocol: 2 }).send(oneLine(), { saleId: '0001' });
  expect(sandbox.books()).toMatchObject({ booked: 3, repeated: 0, conflicts: 0 });
});

test('a copied outbox is seen by the number that comes twice, and the answer says so to who posted it', async () => {
  await open();
  const [file, copy] = [outboxFile(), outboxFile()];
  const first = await tillOf(sandbox, file, { protocol: 2, tillId: 'till-07' });
  await first.record(oneLine());
  await first.flush();
  await first.close();
  cpSync(file, copy);
  const [till, clone] = [
    await tillOf(sandbox, file, { protocol: 2, tillId: 'till-07' }),
    await tillOf(sandbox, copy, { protocol: 2, tillId: 'till-07' }),
  ];
  const one = await till.record(oneLine());
  await till.flush();
  const two = await clone.record(oneLine());
  const message = clone.find(two.saleId)?.messages[0]?.body ?? '';
  const answers = [];
  for (let i = 0; i < 2; i++) answers.push(await ask(sandbox, { url: `${sandbox.url}/v2`, body: message }));
  expect(
    answers.map(({ status, text, headers }) => [status, text, headers['amis-sequence-conflict']]),
  ).toEqual([
    [200, '"OK"', '2'],
    [200, '"OK"', '2'],
  ]);
  expect(sandbox.books()).toMatchObject({ booked: 3, conflicts: 0, sequence_conflicts: 1 });
  const conflict = {
    kind: 'sequence',
    till_id: 'till-07',
    seq: 2,
    sale_id: two.saleId,
    first_sale_id: one.saleId,
  };
  expect(sandbox.books().recent_conflicts).toMatchObject([conflict]);
  expect(told).toMatchObject([conflict]);
  expect(till.status().sequenceConflict).toBeUndefined();
  await clone.flush();
  expect(clone.status().sequenceConflict).toMatchObject({ seq: 2, count: 1 });
});

test('the page shows conflicts, and the books are there as JSON', async () => {
  await open();
  const { text } = await askPlain(sandbox.pageUrl);
  expect(text).toContain('<section id="contradictions" hidden>');
  expect(text).toContain('id="conflicts"');
  expect(JSON.parse((await askPlain(new URL('/books', sandbox.pageUrl).href)).text)).toMatchObject({
    conflicts: 0,
    sequence_conflicts: 0,
    recent_conflicts: [],
  });
});

test('on the terminal each has one line that says what was done', () => {
  const sale = { shopId: 'AMIS1', tillId: 'till-07', saleId: 'B', seq: 2, signedBy: undefined } as never;
  const conflicts = new Conflicts(() => 0);
  expect(describeConflict(conflicts.note({ kind: 'sale_id', sale, firstSaleId: 'B' }))).toBe(
    'A sale of till till-07 has the id B, which shop AMIS1 has booked with different content: it was kept apart and not booked.',
  );
  expect(describeConflict(conflicts.note({ kind: 'sequence', sale, firstSaleId: 'A' }))).toMatch(
    /^The number 2 of till till-07 came twice: sale B after sale A\. An outbox was copied/,
  );
});
