import { beforeEach, describe, expect, test } from 'vitest';
import type { Change, Entry, LastFailure, RecordResult } from '../../src/entry.ts';
import type { Outbox } from '../../src/outbox.ts';
import { draft, IDENTITY, KID, NOW } from './draft.ts';

export { draft, IDENTITY } from './draft.ts';

export const record = (outbox: Outbox, ...ids: string[]): RecordResult[] =>
  outbox.commit(ids.map((saleId) => ({ type: 'record', draft: draft(saleId) })));

/** The sale A again, which was compared. */
const REPEAT = { saleId: 'A', seq: 1, repeated: true, recordedAt: NOW, created: false };
const OTHER = { content: '{"of":"another"}' };
const FAILURE: LastFailure = { code: 'shop_unavailable', message: 'not now', hint: 'wait', at: NOW + 1 };
const RECEIPT = { saleId: 'A', statusCode: 200, content: '"OK"', requestId: 'r-1', attempts: 1 };

export const accepted = (seq: number, more = {}, part = 1): Change => ({
  type: 'accepted',
  seq,
  part,
  at: NOW + 5,
  receipt: { ...RECEIPT, ...more },
});
const rejected = (seq: number): Change => ({ type: 'rejected', seq, failure: FAILURE });
const resolved = (seq: number, reason = 'by hand'): Change => ({
  type: 'resolved',
  seq,
  at: NOW + 9,
  reason,
});
const postponed = (seq: number, notBefore: number, delayMs: number, mayHaveArrived = false): Change => ({
  type: 'postponed',
  seq,
  failure: FAILURE,
  mayHaveArrived,
  schedule: { notBefore, delayMs },
});

/** What every implementation of the port keeps. */
export function outboxContract(name: string, open: () => Outbox): void {
  describe(name, () => {
    let outbox: Outbox;

    beforeEach(() => {
      outbox = open();
      return () => outbox.close();
    });

    const dueIds = (now = NOW, limit = 10) => outbox.due(1, now, limit).map(({ saleId }) => saleId);

    test('remembers whose it is', () => {
      expect(outbox.identity).toMatchObject(IDENTITY);
    });

    test("is another's from its first sale on, and until then nobody's", () => {
      const owner = { shopId: 'AMIS2', tillId: undefined, url: 'https://amis.retsema.eu/shop' };
      expect(outbox.adopt(owner)).toBe(true);
      expect(outbox.identity).toMatchObject(owner);
      expect(record(outbox, 'A', 'B')).toMatchObject([{ created: true }, { created: false }]);
      expect(outbox.adopt(IDENTITY)).toBe(false);
      expect(outbox.identity).toMatchObject(owner);
    });

    test('stays whose it is while another process delivers', () => {
      const lease = outbox.lease(NOW);
      expect(outbox.adopt({ ...IDENTITY, shopId: 'AMIS2' })).toBe(false);
      expect(outbox.identity).toMatchObject(IDENTITY);
      lease?.release(true);
      expect(outbox.adopt({ ...IDENTITY, shopId: 'AMIS2' })).toBe(true);
    });

    test('numbers sales from 1 with no gap, and seals each for its number', () => {
      expect(record(outbox, 'A', 'B').map(({ seq }) => seq)).toEqual([1, 2]);
      expect(record(outbox, 'C')).toMatchObject([{ saleId: 'C', seq: 3, repeated: false }]);
      expect(outbox.find('C')?.messages).toEqual([
        { id: 'C', protocol: 1, body: '{"id":"C","seq":3,"part":1}' },
      ]);
    });

    test('gives a sale that comes again the number of the first, and seals it no more', () => {
      record(outbox, 'A', 'B');
      const again = draft('A', {
        seal: () => {
          throw new Error('sealed again');
        },
      });
      expect(outbox.commit([{ type: 'record', draft: again }])).toMatchObject([
        { saleId: 'A', seq: 1, repeated: true },
      ]);
      expect(outbox.totals().recorded).toBe(2);
    });

    test('passes on what goes wrong while a sale is sealed, and records nothing of that commit', () => {
      const fault = new Error('sealing failed');
      const faulty = draft('B', {
        seal: () => {
          throw fault;
        },
      });
      expect(() =>
        outbox.commit([
          { type: 'record', draft: draft('A') },
          { type: 'record', draft: faulty },
        ]),
      ).toThrow(fault);
      expect(outbox.totals().recorded).toBe(0);
    });

    test('knows a sale that comes twice in one commit', () => {
      expect(record(outbox, 'A', 'A', 'B').map(({ seq }) => seq)).toEqual([1, 1, 2]);
    });

    test('knows a sale that comes again after it was accepted', () => {
      record(outbox, 'A');
      outbox.commit([accepted(1)]);
      expect(record(outbox, 'A')).toMatchObject([{ saleId: 'A', seq: 1, repeated: true }]);
    });

    test('says of a sale that comes again and was resolved, when it was closed and why', () => {
      record(outbox, 'A', 'B');
      outbox.commit([rejected(1), resolved(1, 'booked by hand'), rejected(2)]);
      const [first, second] = record(outbox, 'A', 'B');
      expect(first).toMatchObject({
        seq: 1,
        repeated: true,
        resolution: { reason: 'booked by hand', at: outbox.find('A')?.resolution?.at },
      });
      expect(second).toMatchObject({ seq: 2, repeated: true });
      expect(second).not.toHaveProperty('resolution');
    });

    const other = (saleId: string) => outbox.commit([{ type: 'record', draft: draft(saleId, OTHER) }]);
    const conflict = { conflict: 'other_content', saleId: 'A', seq: 1, recordedAt: NOW };

    test.each([
      ['queued', () => undefined],
      ['accepted', () => outbox.commit([accepted(1)])],
      ['rejected', () => outbox.commit([rejected(1)])],
      ['resolved', () => outbox.commit([rejected(1), resolved(1)])],
    ])('refuses another sale under the id of one that is %s, and names that one', (state, settle) => {
      record(outbox, 'A');
      settle();
      expect(other('A')).toMatchObject([conflict]);
      expect(outbox.recordedAs('A', OTHER.content)).toMatchObject(conflict);
      expect(record(outbox, 'A')).toMatchObject([REPEAT]);
      expect(outbox.find('A')).toMatchObject({ seq: 1, state });
      expect(outbox.totals().recorded).toBe(1);
    });

    test('refuses the other of two sales of one id in one commit, and no third', () => {
      const results = outbox.commit(
        [draft('A'), draft('A', OTHER), draft('A'), draft('B')].map((one) => ({
          type: 'record',
          draft: one,
        })),
      );
      expect(results).toMatchObject([
        { saleId: 'A', seq: 1, repeated: false },
        conflict,
        REPEAT,
        { saleId: 'B', seq: 2, repeated: false },
      ]);
    });

    test('tells a sale that comes again before it is sealed, and one that is new', () => {
      record(outbox, 'A');
      expect(outbox.recordedAs('A', draft('A').content ?? '')).toMatchObject({
        saleId: 'A',
        seq: 1,
        repeated: true,
      });
      expect(outbox.recordedAs('B', 'x')).toBeUndefined();
    });

    test('refuses a sale under the id of a part of another one, and one in parts of which an id is taken', () => {
      outbox.commit([{ type: 'record', draft: draft('P', { parts: 2 }) }]);
      const taken = { conflict: 'other_content', seq: 1, recordedAt: NOW };
      expect(record(outbox, 'P.2', 'P.3', 'Q.1')).toMatchObject([
        { ...taken, saleId: 'P.2' },
        { seq: 2, repeated: false },
        { seq: 3, repeated: false },
      ]);
      outbox.commit([accepted(1, { saleId: 'P.1' }), accepted(1, { saleId: 'P.2' }, 2)]);
      expect(record(outbox, 'P.1')).toMatchObject([{ ...taken, saleId: 'P.1' }]);
      const parts = outbox.commit([{ type: 'record', draft: draft('Q', { parts: 2 }) }]);
      expect(parts).toEqual([{ ...taken, saleId: 'Q.1', seq: 3 }]);
      expect(record(outbox, 'P.3.1', 'Q')).toMatchObject([{ seq: 4 }, { seq: 5 }]);
      expect(outbox.totals().recorded).toBe(5);
    });

    test('says where two sales of one id cannot be compared', () => {
      outbox.commit([{ type: 'record', draft: draft('A', { ownId: false, content: undefined }) }]);
      expect(record(outbox, 'A')).toMatchObject([{ saleId: 'A', seq: 1, repeated: true, unverified: true }]);
    });

    test('keeps recorded = accepted + queued + rejected + resolved through every change', async () => {
      record(outbox, 'A', 'B', 'C', 'D');
      const size = outbox.find('A')?.bytes ?? 0;
      outbox.commit([accepted(1), rejected(2), postponed(3, NOW + 100, 100)]);
      const totals = { recorded: 4, accepted: 1, queued: 2, rejected: 1, resolved: 0, queuedBytes: 2 * size };
      expect(outbox.totals()).toEqual(totals);
      expect(await outbox.verify()).toMatchObject({ ...totals, ok: true, problems: [] });
      outbox.commit([{ type: 'requeued', seq: 2 }]);
      expect(outbox.totals()).toEqual({ ...totals, queued: 3, rejected: 0, queuedBytes: 3 * size });
      expect(await outbox.verify()).toMatchObject({ ok: true, queued: 3 });
      outbox.commit([rejected(2), resolved(2)]);
      const last = { ...totals, rejected: 0, resolved: 1 };
      expect(outbox.totals()).toEqual(last);
      expect(await outbox.verify()).toMatchObject({ ...last, ok: true, problems: [] });
    });

    test('a resolved sale keeps its number, its bytes, what the shop said and the reason', async () => {
      record(outbox, 'A', 'B');
      const messages = outbox.find('B')?.messages;
      outbox.commit([postponed(2, 0, 0, true), rejected(2), resolved(2, 'booked by hand')]);
      expect(outbox.find('B')).toMatchObject({
        state: 'resolved',
        seq: 2,
        attempts: 2,
        mayHaveArrived: true,
        messages,
        failure: FAILURE,
        resolution: { reason: 'booked by hand', at: NOW + 9 },
        settledAt: NOW + 9,
      });
      expect(record(outbox, 'B', 'C').map(({ seq }) => seq)).toEqual([2, 3]);
      expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 3, resolved: 1, queued: 2 });
    });

    test('only a rejected sale is resolved, once, and stays so', async () => {
      record(outbox, 'A', 'B', 'C');
      outbox.commit([accepted(1), resolved(1), resolved(2), rejected(3), resolved(3), resolved(3, 'again')]);
      outbox.commit([{ type: 'requeued', seq: 3 }, accepted(3), rejected(3), postponed(3, 5, 5)]);
      expect(outbox.totals()).toMatchObject({ accepted: 1, queued: 1, rejected: 0, resolved: 1 });
      expect(outbox.find('C')).toMatchObject({ state: 'resolved', resolution: { reason: 'by hand' } });
      expect(dueIds()).toEqual(['B']);
      expect(await outbox.verify()).toMatchObject({ ok: true });
    });

    test('forgets accepted sales that are old enough, and goes on to count and to prove them', async () => {
      record(outbox, 'A', 'B', 'C', 'D', 'E');
      outbox.commit([accepted(1), accepted(2), accepted(4), rejected(5)]);
      const before = await outbox.verify();
      const request = { acceptedBefore: NOW + 6, after: 0, at: NOW, dryRun: false };
      expect(outbox.prune({ ...request, acceptedBefore: NOW + 5 })).toMatchObject({ sales: 0 });
      expect(outbox.prune({ ...request, dryRun: true })).toMatchObject({ sales: 3 });
      expect(outbox.pruned()).toBe(0);
      expect(outbox.prune(request)).toMatchObject({ sales: 3 });
      expect(outbox.pruned()).toBe(3);
      expect(outbox.list({ limit: 9 }).map(({ saleId }) => saleId)).toEqual(['C', 'E']);
      expect(outbox.find('A')).toBeUndefined();
      expect(await outbox.verify()).toEqual({ ...before, pruned: 3 });
      expect(record(outbox, 'F')).toMatchObject([{ seq: 6 }]);
      outbox.commit([accepted(3), accepted(6)]);
      expect(outbox.totals()).toMatchObject({ recorded: 6, accepted: 5, rejected: 1 });
      expect(await outbox.verify()).toMatchObject({ ok: true, pruned: 3, accepted: 5 });
    });

    test('lists what the shop may have counted twice, in any state', () => {
      record(outbox, 'A', 'B', 'C', 'D', 'E');
      outbox.commit([1, 3, 5].map((seq) => postponed(seq, 0, 0, true)));
      outbox.commit([postponed(2, 0, 0), accepted(1), accepted(2), rejected(3), accepted(4)]);
      const ids = (filter = {}) =>
        outbox.list({ limit: 10, mayHaveArrived: true, ...filter }).map(({ saleId }) => saleId);
      expect(ids()).toEqual(['A', 'C', 'E']);
      expect(ids({ state: 'accepted' })).toEqual(['A']);
      expect(ids({ state: 'rejected' })).toEqual(['C']);
      expect(ids({ state: 'queued' })).toEqual(['E']);
      outbox.commit([resolved(3)]);
      expect(ids({ state: 'resolved' })).toEqual(['C']);
    });

    test('gives its numbers on after all of its sales were settled', async () => {
      record(outbox, 'A', 'B');
      outbox.commit([accepted(1), accepted(2)]);
      expect(record(outbox, 'C')).toMatchObject([{ saleId: 'C', seq: 3, repeated: false }]);
      expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 3, accepted: 2, queued: 1 });
    });

    test('takes new sales and outcomes in one commit', () => {
      record(outbox, 'A');
      outbox.commit([{ type: 'record', draft: draft('B') }, accepted(1)]);
      expect(outbox.totals()).toMatchObject({ recorded: 2, accepted: 1, queued: 1 });
    });

    test('keeps the receipt of an accepted sale, and its bytes no more', () => {
      record(outbox, 'A');
      outbox.commit([postponed(1, 0, 0), accepted(1, { attempts: 2 })]);
      expect(outbox.find('A')).toMatchObject({
        state: 'accepted',
        seq: 1,
        attempts: 2,
        receipts: [{ ...RECEIPT, attempts: 2 }],
        settledAt: NOW + 5,
        messages: [],
      });
    });

    test('settles a sale once: what is settled stays so', () => {
      record(outbox, 'A', 'B');
      outbox.commit([accepted(1), rejected(2)]);
      outbox.commit([rejected(1), accepted(2), postponed(1, 5, 5), postponed(2, 5, 5), accepted(1)]);
      expect(outbox.totals()).toMatchObject({ accepted: 1, rejected: 1, queued: 0 });
      expect(outbox.find('A')).toMatchObject({ state: 'accepted', attempts: 1 });
      expect(outbox.find('B')).toMatchObject({ state: 'rejected', attempts: 1 });
    });

    test('leaves the bytes of a rejected sale and says why it was rejected', () => {
      record(outbox, 'A');
      const messages = outbox.find('A')?.messages;
      outbox.commit([rejected(1)]);
      expect(outbox.find('A')).toMatchObject({ state: 'rejected', failure: FAILURE, messages });
      expect(dueIds()).toEqual([]);
    });

    test('knows queued sales for what was recorded, whatever became of those beside them', () => {
      record(outbox, 'A', 'B', 'C', 'D', 'E', 'F');
      outbox.commit([{ type: 'record', draft: draft('P', { parts: 3, protocol: 2 }) }]);
      const unaltered = () =>
        [1, 2]
          .flatMap((protocol) => outbox.due(protocol as 1 | 2, NOW, 10))
          .map((entry) => outbox.isAltered(entry));
      expect(unaltered()).toEqual(Array(7).fill(false));
      outbox.commit([accepted(1), accepted(2), rejected(4), rejected(5), resolved(5), accepted(7)]);
      expect(unaltered()).toEqual([false, false, false]);
      outbox.prune({ acceptedBefore: NOW + 9, after: 0, at: NOW + 9, dryRun: false });
      expect(unaltered()).toEqual([false, false, false]);
    });

    test('knows a queued sale that is not what was recorded from one that is', () => {
      record(outbox, 'A', 'B', 'C');
      outbox.commit([accepted(1)]);
      const [sale] = outbox.due(1, NOW, 1) as [Entry];
      const message = { id: 'B', protocol: 1, body: '{"id":"B","seq":2,"part":2}' } as const;
      for (const altered of [
        { kid: 'x' },
        { recordedAt: NOW - 1 },
        { protocol: 2 as const },
        { messages: [message] },
      ]) {
        expect(outbox.isAltered({ ...sale, ...altered })).toBe(true);
      }
      expect(outbox.isAltered(sale)).toBe(false);
      outbox.commit([accepted(2)]);
      expect(outbox.isAltered({ ...sale, kid: 'x' })).toBe(false);
    });

    test('counts no attempt where a sale was rejected without being posted', () => {
      record(outbox, 'A', 'B');
      outbox.commit([rejected(1), { ...rejected(2), posted: false } as Change]);
      expect(outbox.list({ limit: 2 }).map(({ attempts }) => attempts)).toEqual([1, 0]);
    });

    test('puts a rejected sale into the queue again, at its old place', () => {
      record(outbox, 'A', 'B');
      outbox.commit([rejected(1)]);
      outbox.commit([{ type: 'requeued', seq: 1 }]);
      expect(dueIds()).toEqual(['A', 'B']);
      expect(outbox.find('A')).toMatchObject({ state: 'queued', attempts: 1 });
    });

    test('accepts a sale in parts when all its parts are', () => {
      outbox.commit([{ type: 'record', draft: draft('P', { parts: 2 }) }]);
      outbox.commit([accepted(1, { saleId: 'P.1' })]);
      expect(outbox.find('P')).toMatchObject({ state: 'queued', attempts: 1 });
      expect(outbox.find('P')?.receipts).toHaveLength(1);
      outbox.commit([accepted(1, { saleId: 'P.1' }), accepted(1, { saleId: 'P.3' }, 3)]);
      expect(outbox.find('P')).toMatchObject({ state: 'queued', attempts: 1 });
      outbox.commit([accepted(1, { saleId: 'P.2', requestId: undefined }, 2)]);
      expect(outbox.find('P')).toMatchObject({ state: 'accepted', attempts: 2 });
      expect(outbox.find('P')?.receipts.map(({ saleId }) => saleId)).toEqual(['P.1', 'P.2']);
    });

    test('a message that the shop may have stays so, whatever comes after', () => {
      record(outbox, 'A');
      outbox.commit([postponed(1, 0, 0, true)]);
      outbox.commit([postponed(1, 0, 0, false)]);
      expect(outbox.find('A')?.mayHaveArrived).toBe(true);
    });

    test('hands out what is due, oldest first, and not what waits', () => {
      record(outbox, 'A', 'B', 'C', 'D');
      outbox.commit([postponed(2, NOW + 100, 100), postponed(3, NOW - 1, 5)]);
      expect(dueIds()).toEqual(['A', 'C', 'D']);
      expect(dueIds(NOW, 2)).toEqual(['A', 'C']);
      expect(dueIds(NOW + 100)).toEqual(['A', 'B', 'C', 'D']);
      expect(outbox.nextDue(1, NOW)).toBe(NOW + 100);
      expect(outbox.nextDue(1, NOW + 100)).toBeUndefined();
    });

    test('keeps the protocols apart', () => {
      outbox.commit([
        { type: 'record', draft: draft('A') },
        { type: 'record', draft: draft('B', { protocol: 2 }) },
      ]);
      expect(outbox.due(2, NOW, 10).map(({ saleId }) => saleId)).toEqual(['B']);
      expect(dueIds()).toEqual(['A']);
    });

    test('makes all of one protocol due', () => {
      record(outbox, 'A', 'B');
      outbox.commit([postponed(1, NOW + 100, 100), postponed(2, NOW + 200, 200)]);
      outbox.commit([{ type: 'due', protocol: 2 }]);
      expect(dueIds()).toEqual([]);
      outbox.commit([{ type: 'due', protocol: 1 }]);
      expect(dueIds()).toEqual(['A', 'B']);
    });

    test('leaves alone, where it is to, what the shop itself failed to take', () => {
      record(outbox, 'A');
      outbox.commit([postponed(1, NOW + 100, 100)]);
      outbox.commit([{ type: 'due', protocol: 1, exceptFailing: true }]);
      expect(dueIds()).toEqual([]);
    });

    test('tries a closed road with a sale that never failed', () => {
      record(outbox, 'A', 'B');
      outbox.commit([postponed(1, NOW - 1, 5)]);
      expect(outbox.probe(1, NOW, false)?.saleId).toBe('B');
      outbox.commit([accepted(2)]);
      expect(outbox.probe(1, NOW, false)?.saleId).toBe('A');
      expect(outbox.probe(2, NOW, false)).toBeUndefined();
    });

    test('tries a closed road with the oldest or the newest sale that never failed', () => {
      record(outbox, 'A', 'B', 'C', 'D', 'E');
      outbox.commit([postponed(1, NOW - 1, 5), postponed(5, NOW - 1, 5), postponed(5, NOW - 1, 5)]);
      expect(outbox.probe(1, NOW, false)?.saleId).toBe('B');
      expect(outbox.probe(1, NOW, true)?.saleId).toBe('D');
      outbox.commit([accepted(2), rejected(4)]);
      expect(outbox.probe(1, NOW, true)?.saleId).toBe('C');
      outbox.commit([accepted(3)]);
      expect(outbox.probe(1, NOW, true)?.saleId).toBe('A');
      expect(outbox.probe(2, NOW, true)).toBeUndefined();
    });

    test('hands out copies: what it gave does not change', () => {
      record(outbox, 'A');
      const before = outbox.find('A');
      outbox.commit([accepted(1)]);
      expect(before).toMatchObject({ state: 'queued', attempts: 0 });
    });

    test('a clock that was set back prolongs no wait', () => {
      record(outbox, 'A', 'B');
      outbox.commit([postponed(1, NOW + 100, 100), postponed(2, NOW + 50, 100)]);
      outbox.commit([{ type: 'clock-set-back', now: NOW - 1 }]);
      expect(dueIds(NOW - 1_000)).toEqual(['A']);
    });

    test('keeps the state of the road', () => {
      expect(outbox.road(1)).toEqual({ failures: 0, notBefore: 0, delayMs: 0 });
      const held = { code: 'unauthorized' as const, message: 'm', hint: 'h', since: NOW };
      const road = { failures: 3, notBefore: NOW + 5, delayMs: 5, held };
      outbox.commit([{ type: 'road', protocol: 1, road }]);
      expect(outbox.road(1)).toEqual(road);
      expect(outbox.road(2)).toEqual({ failures: 0, notBefore: 0, delayMs: 0 });
    });

    test('gives the right to deliver to one at a time', () => {
      const first = outbox.lease(NOW);
      expect(first).toBeDefined();
      expect(outbox.lease(NOW)).toBeUndefined();
      expect(outbox.deliverer()).toMatchObject({ pid: process.pid, since: NOW });
      first?.release(true);
      expect(outbox.deliverer()).toBeUndefined();
      expect(outbox.lease(NOW + 1)).toBeDefined();
    });

    test('lists by number, all or those of one state, a page at a time', () => {
      record(outbox, 'A', 'B', 'C', 'D');
      outbox.commit([accepted(1), rejected(3)]);
      const list = (filter: Partial<Parameters<Outbox['list']>[0]>) =>
        outbox.list({ limit: 10, ...filter }).map(({ saleId }) => saleId);
      expect(list({})).toEqual(['A', 'B', 'C', 'D']);
      expect(list({ limit: 2 })).toEqual(['A', 'B']);
      expect(list({ after: 2 })).toEqual(['C', 'D']);
      expect(list({ state: 'queued' })).toEqual(['B', 'D']);
      expect(list({ state: 'queued', after: 2 })).toEqual(['D']);
      expect(list({ state: 'accepted' })).toEqual(['A']);
      expect(list({ state: 'rejected' })).toEqual(['C']);
      outbox.commit([resolved(3)]);
      expect(list({ state: 'resolved' })).toEqual(['C']);
      expect(list({ state: 'accepted' })).toEqual(['A']);
      expect(list({})).toEqual(['A', 'B', 'C', 'D']);
    });

    test('tells how old the queue is, and for which keys it was sealed', () => {
      expect(outbox.oldestQueuedAt()).toBeUndefined();
      outbox.commit([
        { type: 'record', draft: draft('A', { recordedAt: NOW - 9 }) },
        { type: 'record', draft: draft('B', { kid: 'other' }) },
        { type: 'record', draft: draft('C', { kid: 'other' }) },
      ]);
      expect(outbox.oldestQueuedAt()).toBe(NOW - 9);
      expect(outbox.queuedByKey()).toEqual({ [KID]: 1, other: 2 });
      outbox.commit([accepted(1)]);
      expect(outbox.oldestQueuedAt()).toBe(NOW);
    });

    test('sums up at once what it tells of one by one', () => {
      const empty = { recorded: 0, accepted: 0, queued: 0, rejected: 0, resolved: 0, queuedBytes: 0 };
      expect(outbox.summary()).toEqual({
        ...empty,
        oldestQueuedAt: undefined,
        lastRecordedAt: undefined,
        lastAcceptedAt: undefined,
        queuedByKey: {},
        deliverer: undefined,
        sequenceConflict: undefined,
        saleIdConflict: undefined,
      });
      record(outbox, 'A', 'B', 'C', 'D');
      outbox.commit([accepted(1), rejected(3), { type: 'record', draft: draft('E', { kid: 'other' }) }]);
      outbox.lease(NOW + 7);
      expect(outbox.summary()).toEqual({
        ...outbox.totals(),
        oldestQueuedAt: NOW,
        lastRecordedAt: NOW,
        lastAcceptedAt: NOW + 5,
        queuedByKey: { [KID]: 2, other: 1 },
        deliverer: { pid: process.pid, host: expect.any(String), since: NOW + 7 },
        sequenceConflict: undefined,
        saleIdConflict: undefined,
      });
    });

    test.each(['sequenceConflict', 'saleIdConflict'] as const)(
      'keeps what the shop says of a %s, once for each sale that it accepts',
      (name) => {
        record(outbox, 'A', 'B', 'C');
        const twice = (seq: number): Change => ({ ...accepted(seq), conflicts: [name] }) as Change;
        outbox.commit([accepted(1), twice(2)]);
        outbox.commit([twice(2), twice(1)]);
        const other = name === 'saleIdConflict' ? 'sequenceConflict' : 'saleIdConflict';
        expect(outbox.summary()).toMatchObject({
          [name]: { saleId: 'B', seq: 2, at: NOW + 5, count: 1 },
          [other]: undefined,
        });
        outbox.commit([twice(3)]);
        expect(outbox.summary()[name]).toEqual({ saleId: 'C', seq: 3, at: NOW + 5, count: 2 });
      },
    );

    test('two outboxes have two chains', async () => {
      const empty = (await outbox.verify()).head;
      record(outbox, 'A');
      const one = (await outbox.verify()).head;
      expect(one).toMatch(/^[0-9a-f]{64}$/);
      expect(one).not.toBe(empty);
      outbox.commit([accepted(1)]);
      expect((await outbox.verify()).head).toBe(one);
    });
  });
}
