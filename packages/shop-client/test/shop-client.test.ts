import { describe, expect, test } from 'vitest';
import type { Answer, PostResult } from '../src/core/outcome.ts';
import type { DeliveryError, Transport } from '../src/index.ts';
import { offlineClient, SALE } from './support/client.ts';

const answer = (statusCode: number, more: Partial<Answer> = {}): Answer => ({
  kind: 'answer',
  statusCode,
  content: statusCode === 200 ? '"OK"' : '',
  ...more,
});
const lost: PostResult = { kind: 'failure', reason: 'lost', detail: 'ECONNRESET', cause: new Error('reset') };
const THREE_PARTS = { sales: [...SALE.sales, ...SALE.sales, ...SALE.sales, ...SALE.sales, ...SALE.sales] };

/** A shop that gives these answers, one after another, and then accepts; `ids` are those posted. */
function shopAnswering(...results: PostResult[]) {
  const ids: string[] = [];
  const transport: Transport = {
    post: async ({ id }) => {
      ids.push(id);
      return results.shift() ?? answer(200);
    },
    probe: async () => answer(403),
  };
  return { ids, transport, random: () => 0 };
}

const failure = (sending: Promise<unknown>) =>
  sending.then(
    () => undefined,
    (error: unknown) => error as DeliveryError,
  );

describe('a sale that may have arrived is never called rejected', () => {
  test('when an earlier post was lost', async () => {
    const error = await failure(offlineClient({}, shopAnswering(lost, answer(413))).send(SALE));
    expect(error).toMatchObject({
      code: 'message_too_large',
      outcome: 'unknown',
      retryable: false,
      hint: expect.stringContaining('look in the shop'),
    });
  });

  test('when parts of it were accepted', async () => {
    const ports = shopAnswering(answer(200), answer(400));
    const error = await failure(offlineClient({ protocol: 1 }, ports).send(THREE_PARTS, { saleId: 'S' }));
    expect(error).toMatchObject({ outcome: 'unknown', accepted: [{ saleId: 'S.1' }], attempts: 2 });
  });

  test('and one that never arrived is', async () => {
    expect(await failure(offlineClient({}, shopAnswering(answer(400))).send(SALE))).toMatchObject({
      outcome: 'rejected',
    });
  });
});

test('post(error.sealed) goes on with the part that failed and repeats no accepted one', async () => {
  const ports = shopAnswering(answer(200), answer(401));
  const client = offlineClient({ protocol: 1 }, ports);
  const error = await failure(client.send(THREE_PARTS, { saleId: 'S' }));
  await client.post((error as DeliveryError).sealed);
  expect(ports.ids).toEqual(['S.1', 'S.2', 'S.2', 'S.3']);
});

test('a shop that asks for a long pause says for how long', async () => {
  const ports = shopAnswering(answer(429, { retryAfterMs: 600_000 }));
  expect(await failure(offlineClient({}, ports).send(SALE))).toMatchObject({
    retryAfterMs: 600_000,
    attempts: 1,
  });
});

describe('what is worth repeating says so', () => {
  test.each([
    [answer(429), true],
    [answer(503), true],
    [lost, true],
    [answer(400), false],
    [answer(401), false],
  ])('%o', async (result, retryable) => {
    const ports = shopAnswering(result);
    expect(await failure(offlineClient({ maxAttempts: 1 }, ports).send(SALE))).toMatchObject({ retryable });
  });
});

describe('post() takes what seal() gave', () => {
  test('for this shop and no other', async () => {
    const sealed = await offlineClient().seal(SALE);
    const other = offlineClient({ shopId: 'AMIS2' }, shopAnswering());
    await expect(other.post(sealed)).rejects.toMatchObject({ code: 'invalid_option', option: 'sealed' });
  });

  test.each([
    undefined,
    {},
    { shopId: 'AMIS1', messages: [] },
    { shopId: 'AMIS1', messages: [null] },
    { shopId: 'AMIS1', messages: [{ id: 'S', protocol: 3, body: '{}' }] },
    { shopId: 'AMIS1', messages: [{ id: 'S', protocol: 1 }] },
  ])('and not %j', async (sealed) => {
    const client = offlineClient({}, shopAnswering());
    await expect(client.post(sealed as never)).rejects.toMatchObject({
      code: 'invalid_option',
      option: 'sealed',
    });
  });
});

describe('a wrong option of a call is refused by its name, and nothing is sent', () => {
  test.each([
    [null, 'options', 'options: must be an object'],
    ['S-1', 'options', 'options: must be an object'],
    [{ saleID: 'S-1' }, 'saleID', 'saleID: is not an option'],
    [{ timeoutMs: 5 }, 'timeoutMs', 'timeoutMs: is not an option'],
    [{ signal: 5 }, 'signal', 'signal: must be an AbortSignal, such as AbortSignal.timeout(60_000)'],
    [{ signal: new AbortController() }, 'signal', 'signal: must be an AbortSignal'],
    [{ signal: null }, 'signal', 'signal: must be an AbortSignal'],
  ])('%o', async (options, option, message) => {
    const ports = shopAnswering();
    const client = offlineClient({}, ports);
    const sealed = await client.seal(SALE);
    const refusal = { code: 'invalid_option', option, message: expect.stringContaining(message) };
    const given = options as never;
    await expect(client.send(SALE, given)).rejects.toMatchObject(refusal);
    await expect(client.seal(SALE, given)).rejects.toMatchObject(refusal);
    await expect(client.post(sealed, given)).rejects.toMatchObject(refusal);
    await expect(client.publicKey(given)).rejects.toMatchObject(refusal);
    await expect(client.probe(given)).rejects.toMatchObject(refusal);
    expect(ports.ids).toEqual([]);
  });

  test('refresh that is neither true nor false', async () => {
    await expect(offlineClient().publicKey({ refresh: 'no' as never })).rejects.toMatchObject({
      option: 'refresh',
    });
  });
});

test('a logger that fails stops no sale', async () => {
  const fail = () => {
    throw new Error('disk full');
  };
  const client = offlineClient(
    { logger: { debug: fail, info: fail, warn: fail } },
    shopAnswering(answer(503)),
  );
  await expect(client.send(SALE)).resolves.toMatchObject({ attempts: 2 });
});
