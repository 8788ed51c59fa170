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
    sale_id: expect.any(String),
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

test('of sales whose ids came again after a prune, all that shows an outbox says that they are not booked', async () => {
  const env = { ...sandbox().env };
  const file = join(temporaryFolder(), 'outbox.db');
  const send = (sale: string, ...more: string[]) =>
    shopSend(
      ['AMIS1', '--outbox', file, '--till-id', 'till-08', '--protocol', '2', '--sale-id', 'R1', ...more],
      { env, stdin: sale },
    );
  const status = (format: string) =>
    shopSend(['outbox', 'status', '--outbox', file, '--format', format], { env });
  const before = sandbox().books().booked;
  expect((await send(SALE)).stderr).not.toContain('R1');
  expect(
    (await shopSend(['outbox', 'prune', '--outbox', file, '--accepted-before', '0h'], { env })).exitCode,
  ).toBe(0);
  const second = await send(SALE.replace('60.00', '70.00'));
  expect(second.exitCode).toBe(0);
  expect(second.stderr).toContain(
    'warning: The shop received the id R1 before, with another sale: it accepted this one and did not book it.',
  );
  expect(sandbox().books().booked).toBe(before + 1);

  const text = await status('text');
  expect(text.stdout).toMatch(
    /^Ids twice {6}= 1, the last is sale R1 \(number 2\), reported by the shop \S+$/m,
  );
  expect(text.stderr).toMatch(
    /warning: The shop received ids of this till before, with other sales, and did not book these: 1, the last is sale R1\./,
  );
  expect(JSON.parse((await status('json')).stdout).sale_id_conflict).toEqual({
    sale_id: 'R1',
    seq: 2,
    count: 1,
    at: expect.stringMatching(/Z$/),
    hint: expect.stringContaining('record it again under a new id'),
  });
  expect((await status('prometheus')).stdout).toMatch(
    /^amis_shop_outbox_sale_id_conflicts_total\{[^}]*\} 1$/m,
  );
  const doctor = await shopSend(['doctor', 'AMIS1', '--outbox', file], { env });
  expect(doctor.stdout).toContain('the last was sale R1 (number 2)');
  await shopSend(['AMIS1', '--outbox', file, '--till-id', 'till-08', '--protocol', '2', '--sale-id', 'R2'], {
    env,
    stdin: SALE,
  });
  const list = (...more: string[]) => shopSend(['outbox', 'list', '--outbox', file, ...more], { env });
  expect((await list()).stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^ +2 {2}R1 +accepted .*, not booked: the shop received this id before, with another sale$/,
    ),
    expect.stringMatching(/^ +3 {2}R2 +accepted .*attempts: 1$/),
    '',
  ]);
  const exported = await shopSend(['outbox', 'export', '--all', '--outbox', file], { env });
  for (const { stdout } of [await list('--json'), exported]) {
    const marks = stdout.trim().split('\n');
    expect(marks.map((line) => JSON.parse(line).sale_id_conflict)).toEqual([true, undefined]);
  }
  const repeated = await send(SALE.replace('60.00', '70.00'), '--json');
  expect(JSON.parse(repeated.stdout)).toMatchObject({ status: 'accepted', sale_id_conflict: true });
  const direct = await shopSend(['AMIS1', '--till-id', 'till-08', '--protocol', '2', '--sale-id', 'R1'], {
    env,
    stdin: SALE.replace('60.00', '80.00'),
  });
  expect(direct.stderr).toContain('did not book it');
});
