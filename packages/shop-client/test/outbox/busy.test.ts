import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { SALE } from '../support/client.ts';
import { openTill, shopThat, temporaryFolder, unreachable } from '../support/till.ts';
import { IDENTITY } from './contract.ts';

const HELD_MS = 400;

/** Resolves once another thread holds the lock. */
async function lockedBySomebody(file: string, lock: 'IMMEDIATE' | 'EXCLUSIVE' = 'IMMEDIATE') {
  const holder = new URL('../support/lock-holder.ts', import.meta.url);
  await once(new Worker(holder, { workerData: { file, forMs: HELD_MS, lock } }), 'message');
  const since = performance.now();
  return { heldMs: () => performance.now() - since };
}

describe('an outbox that is busy for a moment is waited for', () => {
  test('by who wants to deliver', async () => {
    const outbox = new SqliteOutbox(join(temporaryFolder(), 'outbox.db'), IDENTITY);
    const { heldMs } = await lockedBySomebody(outbox.file);
    const lease = outbox.lease(1);
    expect(lease).toBeDefined();
    expect(heldMs()).toBeGreaterThan(HELD_MS / 2);
    lease?.release(false);
    outbox.close();
  });

  test('by a till that delivers to another address from now on', async () => {
    const outbox = new SqliteOutbox(join(temporaryFolder(), 'outbox.db'), IDENTITY);
    await lockedBySomebody(outbox.file);
    outbox.commit([{ type: 'moved', url: 'https://other.test/shop' }]);
    expect(outbox.identity.url).toBe('https://other.test/shop');
    outbox.close();
  });

  test('by who opens it while it is made', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    writeFileSync(file, '');
    const { heldMs } = await lockedBySomebody(file, 'EXCLUSIVE');
    new SqliteOutbox(file, IDENTITY).close();
    expect(heldMs()).toBeGreaterThan(HELD_MS / 2);
  });

  test('by a sale that is recorded', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill(
      { file, deliver: false },
      shopThat(() => unreachable),
    );
    const { heldMs } = await lockedBySomebody(file);
    await expect(till.record(SALE)).resolves.toMatchObject({ seq: 1 });
    expect(heldMs()).toBeGreaterThan(HELD_MS / 2);
  });
});
