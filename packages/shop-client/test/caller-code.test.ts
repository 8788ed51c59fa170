import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Till } from '../src/index.ts';
import { SALE } from './support/client.ts';
import { answer, openTill, shopThat, unreachable } from './support/till.ts';

const OK = () => answer(200);
const noop = () => undefined;
const until = (condition: () => boolean) => vi.waitFor(() => expect(condition()).toBe(true), 25_000);

/** Whatever would end a process that has no handlers of its own, and what warns. */
function watchProcess() {
  const fatal = vi.fn();
  const warnings: (Error & { code?: string })[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on('uncaughtException', fatal).on('unhandledRejection', fatal).on('warning', warned);
  onTestFinished(() => {
    process.off('uncaughtException', fatal).off('unhandledRejection', fatal).off('warning', warned);
  });
  return { fatal, warnings: () => warnings.filter(({ code }) => code === 'AMIS_SHOP_CALLER_CODE') };
}

const recordAll = (till: Till, ...ids: string[]) =>
  Promise.all(ids.map((saleId) => till.record(SALE, { saleId })));

class Strange {
  get message(): string {
    throw new Error('no message');
  }
}

describe.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('the listener');
    },
  ],
  ['rejects', async () => Promise.reject(new Error('the listener'))],
  [
    'throws what is no error',
    () => {
      throw undefined;
    },
  ],
  [
    'throws what cannot be shown',
    () => {
      throw new Proxy(new Strange(), {
        getPrototypeOf: () => {
          throw new Error('no prototype');
        },
      });
    },
  ],
  [
    'returns what only looks like a promise',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: what a listener returns may be anything
      get then(): never {
        throw new Error('then');
      },
    }),
  ],
])('a listener that %s', (_, listener) => {
  test('ends no process, keeps no other listener and no sale from its way, and is reported', async () => {
    const { fatal, warnings } = watchProcess();
    const logger = { debug: noop, info: noop, warn: vi.fn() };
    const till = await openTill({ logger }, shopThat(OK));
    const other = vi.fn();
    till.on('accepted', listener as () => void).on('accepted', other);
    await recordAll(till, 'A', 'B');
    await until(() => other.mock.calls.length === 2);
    await until(() => logger.warn.mock.calls.length === 2);
    expect(till.status()).toMatchObject({ accepted: 2, held: undefined });
    expect(logger.warn).toHaveBeenCalledWith(
      { error: expect.any(String) },
      "A listener of 'accepted' failed; delivery continues without it",
    );
    await until(() => warnings().length === 1);
    expect(warnings()[0]?.message).toContain("A listener of 'accepted' failed");
    expect(fatal).not.toHaveBeenCalled();
  });
});

test('every event has its listeners guarded', async () => {
  const { fatal, warnings } = watchProcess();
  const replies = [answer(503), answer(400), answer(401)];
  const till = await openTill({}, { ...shopThat(() => replies.shift() ?? OK()), random: () => 0.001 });
  for (const name of ['accepted', 'rejected', 'retrying', 'held', 'resumed'] as const) {
    till.on(name, () => {
      throw new Error(name);
    });
  }
  await recordAll(till, 'A', 'B', 'C');
  await until(() => warnings().length === 5);
  expect(fatal).not.toHaveBeenCalled();
});

test('a listener for once hears once, and is called with the till as this', async () => {
  const till = await openTill({}, shopThat(OK));
  const heard: unknown[] = [];
  till.once('accepted', function (this: Till) {
    heard.push(this);
  });
  await recordAll(till, 'A', 'B');
  await until(() => till.status().accepted === 2);
  expect(heard).toEqual([till]);
});

test('events.once() and a listener that is taken away work as with any emitter', async () => {
  const till = await openTill({}, shopThat(OK));
  const heard = vi.fn();
  till.on('accepted', heard).off('accepted', heard);
  const accepted = once(till, 'accepted');
  await recordAll(till, 'A');
  expect(await accepted).toMatchObject([{ saleId: 'A' }]);
  expect(heard).not.toHaveBeenCalled();
});

describe.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('the logger');
    },
  ],
  ['rejects', async () => Promise.reject(new Error('the logger'))],
])('a logger that %s', (_, log) => {
  test('ends no process and stops no delivery, and is reported once', async () => {
    const { fatal, warnings } = watchProcess();
    const replies = [unreachable];
    const logger = { debug: log, info: log, warn: log } as never;
    const till = await openTill({ logger }, { ...shopThat(() => replies.shift() ?? OK()), random: () => 0 });
    till.on('accepted', () => {
      throw new Error('the listener, too');
    });
    await recordAll(till, 'A', 'B');
    await until(() => till.status().accepted === 2);
    await until(() => warnings().length === 2);
    expect(
      warnings()
        .map(({ message }) => message.split(' failed')[0])
        .sort(),
    ).toEqual(["A listener of 'accepted'", 'The logger']);
    expect(fatal).not.toHaveBeenCalled();
  });
});

describe.each<[string, () => never | Promise<never>]>([
  [
    'throws',
    () => {
      throw new Error('the schema');
    },
  ],
  ['rejects', () => Promise.reject(new Error('the schema'))],
])('a schema that %s', (_, validate) => {
  test('refuses its own sale by name, and the till goes on', async () => {
    const { fatal } = watchProcess();
    const schema = { '~standard': { version: 1, vendor: 'test', validate } } as never;
    const till = await openTill({ schema }, shopThat(OK));
    await expect(till.record(SALE)).rejects.toMatchObject({ code: 'invalid_sale' });
    expect(till.status()).toMatchObject({ recorded: 0, held: undefined });
    expect(fatal).not.toHaveBeenCalled();
  });
});

test('a sale whose own code throws is refused as invalid', async () => {
  const till = await openTill({}, shopThat(OK));
  const sale = {
    get sales(): never {
      throw new Error('the sale');
    },
  };
  await expect(till.record(sale as never)).rejects.toMatchObject({ code: 'invalid_sale' });
  expect(till.status().recorded).toBe(0);
});
