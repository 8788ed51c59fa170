import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hasMoto, MOTO_MISSING } from '../../lambdas/test/support/moto.ts';
import { captureOutput } from '../../lambdas/test/support/output.ts';
import { blocksOfDocument } from './migrating/document.ts';
import { openWorld, type World } from './migrating/world.ts';
import { hasAwsCli, hasJq } from './support/programs.ts';

const SALE = { sales: [{ item_no: '98', gross_number: '5', gross_turnover: '60.00' }] };
const LARGE_SALE = {
  sales: Array.from({ length: 9 }, (_, i) => ({
    item_no: `${200 + i}`,
    gross_number: '1',
    gross_turnover: '9.90',
  })),
};

const NEEDS = hasAwsCli && hasJq ? '' : ' (skipped: the AWS CLI and jq are needed)';

const SEND =
  'shop-send AMIS1 https://api.retsema.eu/shop --protocol 1 --till-id till-07 --outbox till.db --file sale.json';
const SIGNED =
  'shop-send AMIS1 https://api.retsema.eu/shop --till-id till-07 --device-key device.pem --outbox till.db --file sale.json';

/** The document as somebody walks it who has the shop of 2020: every command in it is run, in its order. */
describe.skipIf(!hasMoto || !hasAwsCli || !hasJq)(`docs/migrating.md, walked${MOTO_MISSING || NEEDS}`, () => {
  const left = blocksOfDocument();
  let world: World;
  let move = '';

  beforeAll(async () => {
    world = await openWorld();
    world.write('sale.json', SALE);
    world.write('large-sale.json', LARGE_SALE);
  }, 180_000);

  afterAll(() => world.close());

  /** What stands in the next block, which must be one of this step and kind. */
  const next = (step: string, info: string): string => {
    const [block] = left.splice(
      left.findIndex((one) => one.step === step),
      1,
    );
    expect(block).toMatchObject({ step, info });
    return block?.code ?? '';
  };
  /** Runs the next block, with what is the shop's own in the place of what stands for it. */
  const walk = async (step: string, info: string): Promise<string> => {
    captureOutput();
    const ran = await world.run(next(step, info).replaceAll('54dwcigu3a', world.oldApiId));
    if (ran.status !== 0) throw new Error(`${ran.stdout}${ran.stderr}ended with ${ran.status}`);
    return ran.stdout;
  };
  const eventually = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 60_000, interval: 100 });

  test('(a) shop-send before the old back end', async () => {
    expect(JSON.parse(next('a', 'json'))).toMatchObject({ Version: '2012-10-17' });
    expect(await walk('a', 'sh')).toContain('Content        = "OK"');
    expect(world.oldBooks()).toMatchObject({ booked: 1, poison: 0 });
  }, 180_000);

  test('(b) with an outbox', async () => {
    expect(await walk('b', 'sh')).toContain('Verified       = yes');
    await walk('b', 'sh');
    expect(world.oldBooks()).toMatchObject({ booked: 2, poison: 0 });
  }, 180_000);

  test('(c) the new back end beside the old one, tried, and the name moved there', async () => {
    const [arn = ''] = (await walk('c', 'sh at aws')).split('\n');
    const config = next('c', 'json').replace(/arn:aws:kms:[^"]+/, arn);
    world.write('shop.json', JSON.parse(config));
    await walk('c', 'sh at aws in the stack');
    await walk('c', 'sh at aws in the stack');
    await eventually(async () => expect(await world.books('TRIAL')).toEqual({ 's-00098': '10' }));
    move = next('c', 'sh at aws in the stack');
    expect((await world.run(move)).stdout).toMatch(/ok +control-plane\.mapping/);
    await walk('c', 'sh');
    await eventually(async () => expect(await world.books('AMIS1')).toMatchObject({ 's-00200': '1' }));
    expect(world.oldBooks()).toMatchObject({ booked: 2 });
  }, 300_000);

  test('(c) and back: the old one books again, until the name is moved once more', async () => {
    await walk('c', 'sh at aws back');
    await world.run(SEND);
    expect(world.oldBooks()).toMatchObject({ booked: 3, poison: 0 });
    expect(await world.run(move)).toMatchObject({ status: 0 });
    expect(await world.run(SEND)).toMatchObject({ status: 0 });
    await eventually(async () => expect(await world.books('AMIS1')).toMatchObject({ 's-00098': '5' }));
    expect(world.oldBooks()).toMatchObject({ booked: 3 });
  }, 180_000);

  test('(d) the till signs, and the shop demands it', async () => {
    await walk('d', 'sh');
    await walk('d', 'sh at aws in the stack');
    expect(await walk('d', 'sh')).toContain('Content        = "OK"');
    await eventually(async () => expect(await world.books('AMIS1')).toMatchObject({ 's-00098': '10' }));
    expect(JSON.parse((await walk('d', 'sh at aws in the stack')).split('\n')[1] ?? '')).toMatchObject({
      requireSignature: true,
    });
  }, 180_000);

  test('(e) a new key, with a sale queued that was sealed for the old one', async () => {
    const config = world.read('shop.json');
    const { AMIS1 } = config.shops;
    world.write('shop.json', { ...config, shops: { ...config.shops, AMIS1: { ...AMIS1, keys: ['2'] } } });
    const added = JSON.parse(await walk('e', 'sh at aws in the stack'));
    expect(await world.run(`SHOP_SEND_CONNECT=127.0.0.1:1 ${SIGNED} --attempts 1 --json`)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('"status":"queued"'),
    });
    await walk('e', 'sh at aws in the stack');
    expect(await walk('e', 'sh')).toContain(added.kid);
    await eventually(async () => expect(await world.books('AMIS1')).toMatchObject({ 's-00098': '20' }));
    const [shown = ''] = (await walk('e', 'sh at aws in the stack')).split('\n');
    expect(JSON.parse(shown).keys[0]).toMatchObject({ kid: added.kid });
    const left = JSON.parse((await world.run('pnpm shop-admin shop show AMIS1')).stdout);
    expect(left.keys).toEqual([{ kid: added.kid, keyId: added.key_arn }]);
  }, 180_000);

  test('(e) a new certificate', async () => {
    await walk('e', 'sh');
    await walk('e', 'sh at aws certificate');
    expect(left).toEqual([]);
  }, 300_000);
});
