import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { MemoryOutbox } from '../../src/adapters/memory-outbox.ts';
import { GroupCommit } from '../../src/delivery/group-commit.ts';
import type { Change } from '../../src/entry.ts';
import { OutboxError } from '../../src/errors.ts';
import { draft, IDENTITY } from '../outbox/contract.ts';

const FULL = new OutboxError('outbox_full', 'no room', { hint: 'free space' });
const BUSY = new OutboxError('outbox_busy', 'another writes', { hint: 'wait', retryable: true });
const settlement: Change = { type: 'due', protocol: 1 };

/** An outbox that refuses commits for as long as `refuses` says. */
function setUp(refuses: (changes: readonly Change[]) => boolean = () => false, error = FULL) {
  const outbox = new MemoryOutbox(IDENTITY);
  const commit = vi.spyOn(outbox, 'commit');
  const write = commit.getMockImplementation() ?? MemoryOutbox.prototype.commit.bind(outbox);
  commit.mockImplementation((changes) => {
    if (refuses(changes)) throw error;
    return write(changes);
  });
  const onTrouble = vi.fn();
  return { outbox, commit, onTrouble, commits: new GroupCommit(outbox, onTrouble) };
}

const hasRecords = (changes: readonly Change[]) => changes.some(({ type }) => type === 'record');

describe('a group commit', () => {
  test('writes what many callers record at once in one transaction, in their order', async () => {
    const { commit, commits } = setUp();
    const recorded = await Promise.all(['A', 'B', 'C'].map((id) => commits.record(draft(id))));
    expect(recorded.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(commit).toHaveBeenCalledTimes(1);
  });

  test('takes outcomes along with new sales', async () => {
    const { commit, commits } = setUp();
    const done = vi.fn();
    commits.settle([settlement], done);
    expect(done).not.toHaveBeenCalled();
    await commits.record(draft('A'));
    expect(done).toHaveBeenCalledTimes(1);
    expect(commit).toHaveBeenCalledTimes(1);
  });

  test('writes a sale before the event loop serves what the network has brought', async () => {
    const { commits } = setUp();
    const order: string[] = [];
    const turn = new Promise<void>((resolve) =>
      setImmediate(() => {
        order.push('network');
        resolve();
      }),
    );
    await commits.record(draft('A')).then(() => order.push('sale'));
    await turn;
    expect(order).toEqual(['sale', 'network']);
  });

  test('lets the event loop have its turn, however fast one sale follows another', async () => {
    const { commits } = setUp();
    let turns = 0;
    let going = true;
    const turn = () => {
      turns += 1;
      if (going) setImmediate(turn);
    };
    setImmediate(turn);
    for (let i = 0; i < 100; i++) await commits.record(draft(`S-${i}`));
    going = false;
    expect(turns).toBeGreaterThanOrEqual(49);
  });

  test('of many outcomes writes few with a new sale, and all in the end, in their order', async () => {
    const { commit, commits } = setUp();
    const written: number[] = [];
    const all = Array.from({ length: 40 }, (_, i) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      commits.settle([settlement], () => {
        written.push(i);
        resolve();
      });
      return promise;
    });
    await commits.record(draft('A'));
    expect(commit.mock.calls[0]?.[0]).toHaveLength(1 + 4);
    await Promise.all(all);
    expect(Math.max(...commit.mock.calls.map(([changes]) => changes.length))).toBeLessThanOrEqual(16);
    expect(written).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  test('writes outcomes when nobody records', async () => {
    const { commits } = setUp();
    await new Promise<void>((resolve) => commits.settle([settlement], resolve));
  });

  test('refuses a sale that cannot be written, and writes the outcomes without it', async () => {
    const { commits, onTrouble } = setUp(hasRecords);
    const done = vi.fn();
    commits.settle([settlement], done);
    await expect(commits.record(draft('A'))).rejects.toBe(FULL);
    expect(done).toHaveBeenCalledTimes(1);
    expect(onTrouble).not.toHaveBeenCalledWith(FULL);
  });

  test('keeps outcomes that cannot be written, says so, and writes them as soon as they can be', async () => {
    let full = true;
    const { commits, onTrouble } = setUp(() => full);
    const done = vi.fn();
    commits.settle([settlement], done);
    await vi.waitFor(() => expect(onTrouble).toHaveBeenCalledWith(FULL), 25_000);
    expect(done).not.toHaveBeenCalled();
    full = false;
    await vi.waitFor(() => expect(done).toHaveBeenCalledTimes(1), 25_000);
    expect(onTrouble).toHaveBeenLastCalledWith(undefined);
  });

  test('waits for another process that writes, with sales and outcomes, and loses neither', async () => {
    let busy = 3;
    const { commits, onTrouble } = setUp(() => busy-- > 0, BUSY);
    const done = vi.fn();
    commits.settle([settlement], done);
    expect(await commits.record(draft('A'))).toMatchObject({ seq: 1 });
    expect(done).toHaveBeenCalledTimes(1);
    expect(onTrouble).not.toHaveBeenCalledWith(BUSY);
  });

  test('refuses a sale for which it has waited too long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { commits } = setUp(() => true, BUSY);
      const refused = expect(commits.record(draft('A'))).rejects.toBe(BUSY);
      await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(5_200);
      await refused;
    } finally {
      vi.useRealTimers();
    }
  });

  test('that is closed writes what waits, and lets go of what cannot be written', async () => {
    const { commits, commit } = setUp(() => true);
    const done = vi.fn();
    const dropped = vi.fn();
    commits.settle([settlement], done);
    commits.settle([settlement], done, dropped);
    expect(await commits.close()).toBe(false);
    expect(dropped).toHaveBeenCalledTimes(1);
    const calls = commit.mock.calls.length;
    await sleep(1_200);
    expect(commit).toHaveBeenCalledTimes(calls);
    expect(done).not.toHaveBeenCalled();
  });

  test('tells a caller at once that what it waits for could not be written, and does not write it later', async () => {
    let full = true;
    const { commits, commit } = setUp(() => full);
    const done = vi.fn();
    const error = await new Promise((dropped) => commits.settle([settlement], done, dropped));
    expect(error).toBe(FULL);
    full = false;
    const calls = commit.mock.calls.length;
    await commits.record(draft('A'));
    expect(commit).toHaveBeenCalledTimes(calls + 1);
    expect(done).not.toHaveBeenCalled();
  });

  test('that has nothing to write waits for nobody when it is closed', async () => {
    const { commits, commit } = setUp(() => true, BUSY);
    expect(await commits.close()).toBe(true);
    expect(commit).not.toHaveBeenCalled();
  });

  test('that was closed refuses what comes later, and begins nothing', async () => {
    const { commits, commit } = setUp();
    await commits.close();
    const done = vi.fn();
    const dropped = vi.fn();
    const calls = commit.mock.calls.length;
    commits.settle([settlement], done, dropped);
    await expect(commits.record(draft('A'))).rejects.toMatchObject({ code: 'outbox_closed' });
    expect(dropped).toHaveBeenCalledWith(expect.objectContaining({ code: 'outbox_closed' }));
    await sleep(50);
    expect(commit).toHaveBeenCalledTimes(calls);
    expect(done).not.toHaveBeenCalled();
  });
});
