import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { emptyCache, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

const sandbox = sandboxForAll();
beforeEach(() => {
  emptyCache();
});

test('of an outbox that was copied to another till, status and doctor say so', async () => {
  const env = { ...sandbox().env };
  const file = join(temporaryFolder(), 'outbox.db');
  const copy = join(temporaryFolder(), 'outbox.db');
  const send = (outbox: string) =>
    shopSend(['AMIS1', '--outbox', outbox, '--till-id', 'till-07', '--protocol', '2'], { env, stdin: SALE });
  const status = (format: string) =>
    shopSend(['outbox', 'status', '--outbox', copy, '--format', format], { env });
  await send(file);
  cpSync(file, copy);
  await send(file);
  expect((await status('text')).stdout).not.toContain('Numbers twice');
  expect((await send(copy)).exitCode).toBe(0);
  expect(sandbox().books()).toMatchObject({ booked: 3, sequence_conflicts: 1 });

  const text = await status('text');
  expect(text.stdout).toMatch(/^Numbers twice {2}= 1, the last is 2, reported by the shop \S+$/m);
  expect(text.stderr).toMatch(
    /warning: The shop received sequence numbers of this till before, with other sales\. Probably this outbox was copied/,
  );
  expect(JSON.parse((await status('json')).stdout).sequence_conflict).toEqual({
    seq: 2,
    count: 1,
    at: expect.stringMatching(/Z$/),
    hint: expect.stringContaining('Find the other one'),
  });
  expect((await status('prometheus')).stdout).toMatch(
    /^amis_shop_outbox_sequence_conflicts_total\{shop_id="AMIS1",till_id="till-07"[^}]*\} 1$/m,
  );
  const doctor = await shopSend(['doctor', 'AMIS1', '--outbox', copy], { env });
  expect(doctor.stdout).toContain(
    'the shop received 1 of its sequence numbers before, with other sales; the last was 2',
  );
});
