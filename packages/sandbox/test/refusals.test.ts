import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refusals, reported, tlsFailures } from '../../shop-client/test/support/refusals.ts';
import { type Break, type Sandbox, startSandbox } from '../src/index.ts';
import { oneLine } from './support/client.ts';
import { clientOf, outboxFile, tillOf } from './support/till.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ slowMs: 10 });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.setFaults(''));

/** A till that posts when it is told to, each sale once. */
const newTill = () => tillOf(sandbox, outboxFile(), { deliver: false });
const booked = () => sandbox.books().booked;

describe('a till reports each refusal of the sandbox as docs/testing.md says', () => {
  test.each(refusals)('$fault by its name', async ({ fault, code, sale }) => {
    const till = await newTill();
    await till.record(oneLine());
    sandbox.setFaults(fault);
    await till.flush();
    expect(reported(till)).toEqual({ code, sale });
  });

  test.each(refusals)('$fault by the amount $amount', async ({ amount, code, sale }) => {
    const before = booked();
    const till = await newTill();
    await till.record(oneLine('98', '1', amount));
    await till.flush();
    expect(reported(till)).toEqual({ code, sale });
    if (sale === 'rejected') await till.retry(till.list()[0]?.saleId ?? '');
    await till.flush();
    expect(reported(till)).toEqual({ code: undefined, sale: 'accepted' });
    expect(booked()).toBe(before + 1);
  });

  test.each(tlsFailures)('TLS: $fault', async ({ fault, code, sale }) => {
    const till = await newTill();
    await till.record(oneLine());
    await till.flush();
    await sandbox.break([fault as Break]);
    await sleep(50);
    const { saleId } = await till.record(oneLine());
    await till.flush();
    await sandbox.break([]);
    expect(reported(till, saleId)).toEqual({ code, sale });
  });
});

test('a fault of the way that is given as one of posts is refused by the option to use', () => {
  expect(() => sandbox.setFaults('certificate-expired')).toThrow(
    new RangeError(
      'certificate-expired is a fault of the path, not of posts: use --break (breaks, sandbox.break()).',
    ),
  );
});

describe("the sandbox takes a caller's schema", () => {
  const validate = (value: unknown) =>
    typeof (value as { order?: unknown }).order === 'number'
      ? { value }
      : { issues: [{ message: 'order is missing' }] };
  const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const;

  test('and books what meets it, with nothing to add up', async () => {
    const other = await startSandbox({ schema });
    const { saleId } = await clientOf(other, { schema } as never).send({ order: 7 } as never);
    expect(other.books()).toMatchObject({ booked: 1, poison: 0, recent: [{ id: saleId, lines: 0 }] });
    await clientOf(other).send(oneLine());
    expect(other.books()).toMatchObject({ booked: 1, poison_reasons: { invalid_sale: 1 } });
    await other.close();
  });

  test('and refuses one that is none', async () => {
    const message = 'The schema must be a Standard Schema, such as one of zod or valibot.';
    await expect(startSandbox({ schema: {} as never })).rejects.toThrow(new RangeError(message));
  });
});
