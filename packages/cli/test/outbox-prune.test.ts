import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { pointInTime } from '../src/outbox/point-in-time.ts';
import { answering, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

sandboxForAll();

const outbox = (file: string, ...args: string[]) => shopSend(['outbox', ...args, '--outbox', file]);
const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-29T12:00:00Z');

/** An outbox with sales that were accepted now; the first of them so many hours ago. */
async function acceptedSales(sales: number, old: number, hours: number): Promise<string> {
  const url = await answering((_, response) => response.end('"OK"'));
  const file = join(temporaryFolder(), 'outbox.db');
  const lines = Array.from({ length: sales }, (_, i) => `{"id": "A-${i + 1}", ${SALE.slice(1)}\n`).join('');
  await shopSend(['AMIS1', url, '--many', '--outbox', file], { stdin: lines });
  const database = new DatabaseSync(file);
  database.exec(`UPDATE history SET accepted_at = accepted_at - ${hours * HOUR} WHERE seq <= ${old}`);
  database.close();
  return file;
}

describe('outbox prune', () => {
  test('forgets what was accepted long ago; the rest is proved, and all is counted', async () => {
    const file = await acceptedSales(30, 20, 91 * 24);
    const dry = await outbox(file, 'prune', '--accepted-before', '90d', '--dry-run');
    expect(dry).toMatchObject({ exitCode: 0, stderr: '' });
    expect(dry.stdout).toMatch(/^Would prune {4}= 20 sales accepted before \d{4}-\d\d-\d\dT\S+\n$/);
    const { exitCode, stdout, stderr } = await outbox(file, 'prune', '--accepted-before', '90d');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^Pruned {9}= 20 sales accepted before \S+\nGiven back {5}= \d+ kB\n$/);
    expect(JSON.parse((await outbox(file, 'verify', '--json')).stdout)).toMatchObject({
      ok: true,
      recorded: 30,
      accepted: 30,
      pruned: 20,
    });
    expect((await outbox(file, 'verify')).stdout).toContain('\nPruned         = 20 of the accepted sales\n');
    expect((await outbox(file, 'list')).stdout.split('\n')).toHaveLength(11);
    expect(JSON.parse((await outbox(file, 'status', '--json')).stdout)).toMatchObject({
      recorded: 30,
      accepted: 30,
    });
  });

  test('--json says what went, and what the file gave back', async () => {
    const file = await acceptedSales(5, 5, 2);
    const { size } = statSync(file);
    const { stdout } = await outbox(file, 'prune', '--accepted-before', '1h', '--json');
    expect(JSON.parse(stdout)).toEqual({
      status: 'pruned',
      accepted_before: expect.stringMatching(/Z$/),
      sales: 5,
      bytes: expect.any(Number),
      freed_bytes: expect.any(Number),
      unused_bytes: 0,
    });
    expect(statSync(file).size).toBeLessThanOrEqual(size);
    const none = await outbox(file, 'prune', '--accepted-before', '1h', '--dry-run', '--json');
    expect(JSON.parse(none.stdout)).toMatchObject({ status: 'dry_run', sales: 0 });
  });

  test.each([
    [[], /The age of the sales is missing\.\n {2}Give the time/],
    [['--accepted-before', '90'], /--accepted-before must be an age such as 90d/],
    [['--accepted-before', '90 days'], /--accepted-before must be an age such as 90d/],
    [['--accepted-before=-1d'], /--accepted-before must be/],
    [['--accepted-before', '2026-02-30'], /--accepted-before must be an age such as 90d/],
    [['--accepted-before', ''], /--accepted-before/],
    [['--accepted-before', '2062-08-31'], /is in the future \(2062-08-3/],
  ])('refuses %j', async (args, said) => {
    const file = await acceptedSales(1, 1, 1);
    const { exitCode, stderr, stdout } = await outbox(file, 'prune', ...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(said);
  });
});

describe('a point in time', () => {
  test.each([
    ['90d', NOW - 90 * 24 * HOUR],
    ['36h', NOW - 36 * HOUR],
    ['2w', NOW - 14 * 24 * HOUR],
    ['0d', NOW],
    ['2026-08-31', new Date(2026, 7, 31).getTime()],
    ['2024-02-29', new Date(2024, 1, 29).getTime()],
    ['2026-08-31T06:00', new Date(2026, 7, 31, 6).getTime()],
    ['2026-08-31T06:00:00Z', Date.UTC(2026, 7, 31, 6)],
    ['2026-08-31T06:00+02:00', Date.UTC(2026, 7, 31, 4)],
  ])('%s', (text, at) => {
    expect(pointInTime(text, NOW, '--accepted-before')).toBe(at);
  });

  test.each([
    '',
    'd',
    '1y',
    '1.5d',
    '-1d',
    'yesterday',
    '31.08.2026',
    '2026-13-01',
    '2026-02-29',
    '2026-08-31T25:00',
  ])('is not %j', (text) => {
    expect(() => pointInTime(text, NOW, '--accepted-before')).toThrow(/--accepted-before must be an age/);
  });
});
