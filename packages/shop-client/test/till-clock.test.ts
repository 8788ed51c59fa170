import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { PostResult } from '../src/core/outcome.ts';
import type { Till, TillOptions } from '../src/index.ts';
import { answer, openTill, shopThat, temporaryFolder, unreachable } from './support/till.ts';

const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY;
const NOW = Date.UTC(2026, 10, 29, 12);
const Y2000 = Date.UTC(2000, 0, 1);
const Y2038 = Date.UTC(2038, 0, 19);

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'recorded',
    ({ code }: { code: string }) => code,
  );

/** A machine whose clock can be set, and a till on it; the shop is away unless it is said to answer. */
async function machine(
  startsAt: number,
  options: Partial<TillOptions> = {},
  reply: () => PostResult = () => unreachable,
) {
  let [clock, uptime] = [startsAt, 0];
  const file = join(temporaryFolder(), 'outbox.db');
  const open = (more: Partial<TillOptions> = {}, measures = true) =>
    openTill(
      { file, deliver: false, maxAttempts: 1, maxQueuedAgeMs: DAY, ...options, ...more },
      { clock: () => clock, uptime: measures ? () => uptime : undefined, ...shopThat(() => reply()) },
    );
  let till = await open();
  return {
    get till() {
      return till;
    },
    get clock() {
      return clock;
    },
    record: (saleId?: string) => refusal(till.record(SALE, saleId ? { saleId } : {})),
    /** Time passes. */
    pass(ms: number) {
      clock += ms;
      uptime += ms;
    },
    /** Somebody sets the clock. */
    set(at: number) {
      clock = at;
    },
    async restart({ measures = true } = {}) {
      await till.close();
      uptime = 0;
      till = await open({}, measures);
    },
  };
}

describe.each([
  ['of a machine that measures time beside its clock', true],
  ['of a machine that has only its clock', false],
])('the age of the queue, %s', (_, measures) => {
  const begin = async (at: number) => {
    const here = await machine(at);
    await here.restart({ measures });
    return here;
  };

  test.each([
    ['in the year 2000', Y2000],
    ['in 1970', 0],
    ['in 2038', Y2038],
  ])('a sale that was recorded %s keeps nobody from selling once the clock is right', async (_, wrong) => {
    const here = await begin(wrong);
    await here.record('A');
    here.set(NOW);
    expect(await here.record('B')).toBe('recorded');
    await here.restart({ measures });
    expect(await here.record('C')).toBe('recorded');
  });

  test.each([
    ['in the year 2000', Y2000],
    ['in 2038', Y2038],
  ])(
    'and yet it grows old: one recorded %s is refused for once sales after it prove its age',
    async (_, wrong) => {
      const here = await begin(wrong);
      await here.record('A');
      here.set(NOW);
      for (let hours = 0; hours < 24; hours += 6) {
        expect(await here.record()).toBe('recorded');
        here.pass(6 * HOUR);
      }
      await here.restart({ measures });
      here.pass(HOUR);
      expect(await here.record()).toBe('outbox_limit');
    },
  );

  test.each([
    ['from before 1970 to the third day of 1970', -DAY, 2 * DAY],
    ['from one day of 2000 to another', Y2000, Y2000 + 2 * DAY],
    ['back from 2101 to an earlier day of it', Date.UTC(2101, 5, 3), Date.UTC(2101, 5, 1)],
    ['forward within 2101', Date.UTC(2101, 5, 1), Date.UTC(2101, 5, 3)],
    ['from the last day of 2025 to the second of 2026', Date.UTC(2025, 11, 31), Date.UTC(2026, 0, 2)],
  ])('a clock that is impossible before or after proves no age: %s', async (_, before, after) => {
    const here = await begin(before);
    for (const id of ['A', 'B', 'C']) expect(await here.record(id)).toBe('recorded');
    here.set(after);
    expect(await here.record('D')).toBe('recorded');
    await here.restart({ measures });
    expect(await here.record('E')).toBe('recorded');
  });

  test('a clock that jumps to 2038 keeps nobody from selling', async () => {
    const here = await begin(NOW);
    await here.record('A');
    here.pass(HOUR);
    here.set(Y2038);
    expect(await here.record('B')).toBe('recorded');
    here.set(NOW + 2 * HOUR);
    expect(await here.record('C')).toBe('recorded');
  });

  test('a sale that waits for longer than the limit is refused for, also over a restart', async () => {
    const here = await begin(NOW);
    await here.record('A');
    await here.restart({ measures });
    here.pass(DAY + MINUTE);
    await expect(here.till.record(SALE)).rejects.toMatchObject({
      code: 'outbox_limit',
      message:
        'A sale has been queued since 2026-11-29T12:00:00.000Z by a clock that now shows ' +
        '2026-11-30T12:01:00.000Z, longer than the limit allows: nothing was recorded.',
    });
  });
});

describe('time that passes while the till runs is measured beside the clock', () => {
  test('a clock that somebody sets two days forward makes no sale older', async () => {
    const here = await machine(NOW);
    await here.record('A');
    here.pass(HOUR);
    here.set(here.clock + 2 * DAY);
    expect(await here.record('B')).toBe('recorded');
    here.pass(DAY - 2 * HOUR);
    expect(await here.record('C')).toBe('recorded');
    here.pass(HOUR + MINUTE);
    expect(await here.record('D')).toBe('outbox_limit');
  });

  test('a clock that somebody sets back makes none younger', async () => {
    const here = await machine(NOW);
    await here.record('A');
    here.pass(DAY - HOUR);
    here.set(here.clock - 20 * HOUR);
    expect(await here.record('B')).toBe('recorded');
    here.pass(HOUR + MINUTE);
    expect(await here.record('C')).toBe('outbox_limit');
    expect(here.till.status().oldestQueuedAt).toBe(here.clock - DAY - MINUTE);
  });
});

describe('what the shop says of the time', () => {
  const saying =
    (offset: () => number, more = {}) =>
    () =>
      answer(200, { clockOffsetMs: offset(), requestId: 'r-1', ...more });

  test.each([
    ['behind', Y2000, '27 years behind the shop'],
    ['ahead', Y2038, '11 years ahead of the shop'],
    ['ten minutes behind', NOW - 10 * MINUTE, '10 minutes behind the shop'],
    ['three hours ahead', NOW + 3 * HOUR, '3 hours ahead of the shop'],
  ])(
    'is told where the clock is %s, and from then on counts for what is recorded',
    async (_, wrong, said) => {
      const here = await machine(
        wrong,
        { protocol: 2 },
        saying(() => NOW - wrong),
      );
      await here.record('A');
      await here.till.flush();
      const { clockOffsetMs, clockProblem } = here.till.status();
      expect(clockOffsetMs).toBe(NOW - wrong);
      expect(clockProblem).toContain(said);
      await here.record('B');
      const { recordedAt, messages } = here.till.find('B') ?? {};
      expect(recordedAt).toBe(NOW);
      const { jwe } = JSON.parse(messages?.[0]?.body ?? '');
      const header = JSON.parse(Buffer.from(jwe.split('.')[0], 'base64url').toString());
      expect(header.iat).toBe(NOW / 1000);
      expect(here.till.list({ state: 'accepted' })[0]?.settledAt).toBe(NOW);
    },
  );

  test('changes nothing while the clock is right to a few minutes', async () => {
    const here = await machine(
      NOW,
      {},
      saying(() => 2 * MINUTE),
    );
    await here.record('A');
    await here.till.flush();
    expect(here.till.status()).toMatchObject({ clockOffsetMs: 2 * MINUTE, clockProblem: undefined });
    await here.record('B');
    expect(here.till.find('B')?.recordedAt).toBe(NOW);
  });

  test('holds on when somebody sets the clock, also to what is right', async () => {
    const here = await machine(
      Y2000,
      {},
      saying(() => NOW - Y2000),
    );
    await here.record('A');
    await here.till.flush();
    here.pass(HOUR);
    here.set(NOW + HOUR);
    expect(here.till.status()).toMatchObject({ clockOffsetMs: 0, clockProblem: undefined });
    await here.record('B');
    expect(here.till.find('B')?.recordedAt).toBe(NOW + HOUR);
    here.set(Y2038);
    await here.record('C');
    expect(here.till.find('C')?.recordedAt).toBe(NOW + HOUR);
  });

  test('makes no sale older that waits since before it was known', async () => {
    let reply: PostResult = unreachable;
    const wrong = NOW - 2 * DAY;
    const here = await machine(wrong, {}, () => reply);
    await here.record('A');
    await here.till.flush();
    reply = answer(500, { clockOffsetMs: 2 * DAY, requestId: 'r-1' });
    await here.till.flush();
    expect(here.till.status().clockOffsetMs).toBe(2 * DAY);
    expect(await here.record('B')).toBe('recorded');
  });

  test.each([
    ['a portal that answers in its place', answer(200, { content: '<html>', clockOffsetMs: YEAR })],
    ['a proxy that fails without the gateway', answer(502, { clockOffsetMs: YEAR })],
    ['a shop whose clock stands in 1970', answer(200, { requestId: 'r', clockOffsetMs: -NOW })],
    ['a shop whose clock stands in 2200', answer(200, { requestId: 'r', clockOffsetMs: 174 * YEAR })],
    ['an answer without a Date', answer(200, { requestId: 'r' })],
  ])('is not believed of %s', async (_, reply) => {
    const here = await machine(NOW, {}, () => reply);
    await here.record('A');
    await here.till.flush();
    expect(here.till.status()).toMatchObject({ clockOffsetMs: undefined, clockProblem: undefined });
  });

  test('is known for a day to whoever opens the outbox next, who stamps nothing by it', async () => {
    const here = await machine(
      NOW - HOUR,
      {},
      saying(() => HOUR),
    );
    await here.record('A');
    await here.till.flush();
    await here.restart();
    here.pass(MINUTE);
    expect(here.till.status()).toMatchObject({
      clockOffsetMs: HOUR,
      clockProblem: expect.stringContaining('60 minutes behind the shop'),
    });
    await here.record('B');
    expect(here.till.find('B')?.recordedAt).toBe(NOW - HOUR + MINUTE);
    here.pass(DAY);
    expect(here.till.status()).toMatchObject({ clockOffsetMs: undefined, clockProblem: undefined });
  });

  test('shows after a restart that a clock which was reset is behind', async () => {
    const here = await machine(
      NOW,
      {},
      saying(() => 0),
    );
    await here.record('A');
    await here.till.flush();
    here.set(Y2000);
    await here.restart();
    expect(here.till.status()).toMatchObject({
      clockOffsetMs: NOW - Y2000,
      clockProblem: expect.stringContaining('27 years behind the shop'),
    });
  });
});

describe('a clock that nobody can compare', () => {
  test('says so where it says what cannot be', async () => {
    const here = await machine(Y2000);
    expect(here.till.status()).toMatchObject({
      clockOffsetMs: undefined,
      clockProblem: "This machine's clock shows 2000-01-01T00:00:00.000Z, which is impossible.",
    });
  });

  test('says so where it went back behind the last sale', async () => {
    const here = await machine(NOW);
    await here.record('A');
    here.set(NOW - DAY);
    expect(here.till.status().clockProblem).toBe(
      "This machine's clock shows 2026-11-28T12:00:00.000Z, but it showed 2026-11-29T12:00:00.000Z when the last sale was " +
        'recorded: one of the two is wrong.',
    );
  });

  test('says so where it is years after the last sale, and believes it once the shop says the same', async () => {
    let reply: PostResult = unreachable;
    const here = await machine(NOW, {}, () => reply);
    await here.record('A');
    here.set(Y2038);
    await here.restart();
    expect(here.till.status().clockProblem).toBe(
      "This machine's clock shows 2038-01-19T00:00:00.000Z, 11 years after the last sale: it may be wrong.",
    );
    reply = answer(500, { clockOffsetMs: 0, requestId: 'r-1' });
    await here.till.flush();
    expect(here.till.status().clockProblem).toBeUndefined();
  });

  test('before 1970 makes messages all the same', async () => {
    const here = await machine(-DAY, { protocol: 2 });
    expect(await here.record()).toBe('recorded');
    const [sale] = here.till.list();
    expect(sale?.saleId).toMatch(/^00000000-0000-7/);
    expect(sale?.recordedAt).toBe(0);
  });
});

describe('keepAcceptedDays', () => {
  const saying = (offset: () => number) => () => answer(200, { clockOffsetMs: offset(), requestId: 'r-1' });
  const kept = (here: { till: Till }) => here.till.list().map(({ saleId }) => saleId);
  const sell = async (here: Awaited<ReturnType<typeof machine>>, saleId: string) => {
    await here.record(saleId);
    await here.till.flush();
    await sleep(50);
  };

  test('a till forgets by itself what was accepted longer ago', async () => {
    const here = await machine(
      NOW,
      { keepAcceptedDays: 30 },
      saying(() => 0),
    );
    await sell(here, 'A');
    here.pass(29 * DAY);
    await sell(here, 'B');
    expect(kept(here)).toEqual(['A', 'B']);
    here.pass(2 * DAY);
    await sell(here, 'C');
    expect(kept(here)).toEqual(['B', 'C']);
    expect(await here.till.verify()).toMatchObject({ ok: true, recorded: 3, accepted: 3, pruned: 1 });
  });

  test("by the shop's time: a clock that jumps to 2038 makes nothing old", async () => {
    let offset: number | undefined = 0;
    const reply = () => answer(200, { clockOffsetMs: offset, requestId: 'r-1' });
    const here = await machine(NOW, { keepAcceptedDays: 30 }, reply);
    await sell(here, 'A');
    here.set(Y2038);
    offset = NOW - Y2038;
    await sell(here, 'B');
    await here.restart();
    await sell(here, 'C');
    offset = undefined;
    await here.restart();
    await sell(here, 'D');
    expect(kept(here)).toEqual(['A', 'B', 'C', 'D']);
  });

  test.each([[0], [-1], [1.5], ['90d']])(
    'is a whole number of days: %j is refused',
    async (keepAcceptedDays) => {
      await expect(openTill({ keepAcceptedDays: keepAcceptedDays as number })).rejects.toMatchObject({
        code: 'invalid_option',
        message: expect.stringMatching(/^keepAcceptedDays: must be a whole number from 1/),
      });
    },
  );
});

test('the refusal names the clock where that is what is wrong', async () => {
  let reply: PostResult = unreachable;
  const here = await machine(NOW - 3 * HOUR, {}, () => reply);
  await here.record('A');
  reply = answer(500, { clockOffsetMs: 3 * HOUR, requestId: 'r-1' });
  await here.till.flush();
  here.pass(DAY + MINUTE);
  await expect(here.till.record(SALE)).rejects.toMatchObject({
    code: 'outbox_limit',
    hint: expect.stringMatching(
      /^This machine's clock shows .* 3 hours behind the shop's\. Correct the clock first\. /,
    ),
  });
});
