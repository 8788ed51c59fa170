import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { prometheusText } from '../src/outbox/prometheus.ts';
import { ageOf, localTime } from '../src/times.ts';
import {
  answering,
  closedPort,
  emptyCache,
  SALE,
  sandboxForAll,
  shopSend,
  steady,
  temporaryFolder,
} from './support/run.ts';

const sandbox = sandboxForAll();
beforeEach(() => {
  emptyCache();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const newOutbox = () => join(temporaryFolder(), 'outbox.db');
const status = (file: string, ...args: string[]) => shopSend(['outbox', 'status', '--outbox', file, ...args]);

const sendTo = (url: string, file: string, ...args: string[]) =>
  shopSend(['AMIS1', url, '--outbox', file, '--attempts', '1', ...args], { stdin: SALE });

const shown = (text: string, file: string): string =>
  steady(text)
    .replaceAll(file, '<file>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d/g, '<local time>')
    .replace(/\d+ bytes/, '<n> bytes')
    .replace(/\(\d+ m?s\)/, '(<age>)');

describe('outbox status', () => {
  test('for people', async () => {
    const file = newOutbox();
    await shopSend(['AMIS1', '--outbox', file, '--till-id', 'till-07'], {
      env: { ...sandbox().env },
      stdin: SALE,
    });
    await sendTo(await closedPort(), file);
    const { exitCode, stdout, stderr } = await status(file);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(shown(stdout, file)).toBe(`Shop id        = AMIS1
Till id        = till-07
URL            = http://127.0.0.1:<port>/shop
Outbox         = <file>
Recorded       = 2
Accepted       = 1
Queued         = 1, <n> bytes, the oldest since <local time> (<age>)
Rejected       = 0
Held           = no
Delivered by   = nobody
Key            = <kid>
Other keys     = 0 of the queued sales
`);
  });

  test('--json is one object with times in UTC, by --format too', async () => {
    const file = newOutbox();
    await sendTo(await closedPort(), file);
    const { exitCode, stdout, stderr } = await status(file, '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const object = JSON.parse(stdout);
    expect(object).toMatchObject({
      shop_id: 'AMIS1',
      outbox: file,
      recorded: 1,
      accepted: 0,
      queued: 1,
      rejected: 0,
      bytes: expect.any(Number),
      oldest_queued_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      oldest_queued_age_seconds: expect.any(Number),
      delivering: 'nobody',
      keys: { outdated: 0, queued: { [object.keys.current]: 1 } },
    });
    expect(Object.keys(JSON.parse((await status(file, '--format', 'json')).stdout))).toEqual(
      Object.keys(object),
    );
  });

  test('--format beats the variable for --json, and contradicts the option', async () => {
    const file = newOutbox();
    await sendTo(await closedPort(), file);
    const env = { SHOP_SEND_JSON: '1', SHOP_SEND_OUTBOX: file };
    expect((await shopSend(['outbox', 'status'], { env })).stdout).toMatch(/^\{"shop_id"/);
    expect((await shopSend(['outbox', 'status', '--format', 'text'], { env })).stdout).toMatch(/^Shop id/);
    const both = await shopSend(['outbox', 'status', '--json', '--format', 'prometheus'], { env });
    expect(both.exitCode).toBe(2);
    expect(JSON.parse(both.stdout).error.message).toBe('--json and --format prometheus exclude each other.');
  });

  test('a hold and what was refused are told with what to do', async () => {
    const statuses = [400, 401];
    const url = await answering((_, response) => response.writeHead(statuses.shift() ?? 401).end());
    const file = newOutbox();
    await sendTo(url, file);
    await sendTo(url, file);
    const { exitCode, stdout, stderr } = await status(file);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\nHeld {11}= since \S+: .*\(401\)\.\n/);
    expect(stderr).toMatch(
      /^shop-send: warning: Nothing is delivered until somebody acts\. Check .*\nshop-send: warning: Sales that the shop refused: 1\. See shop-send outbox rejected --outbox \S+\n$/,
    );
    expect(JSON.parse((await status(file, '--json')).stdout)).toMatchObject({
      rejected: 1,
      held: { code: 'unauthorized', since: expect.stringMatching(/Z$/) },
    });
  });

  test('warns of sales that were sealed for a key that the alias no longer names', async () => {
    const keyOf = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    sandbox().kms.importKey('alias/KeyL-MOVED', keyOf());
    const file = newOutbox();
    await shopSend(['MOVED', await closedPort(), '--outbox', file, '--attempts', '1'], { stdin: SALE });
    expect((await status(file)).stderr).toBe('');
    sandbox().kms.importKey('alias/KeyL-MOVED', keyOf());
    const { stdout, stderr } = await status(file);
    expect(stdout).toContain('\nOther keys     = 1 of the queued sales\n');
    expect(stderr).toMatch(
      /^shop-send: warning: Queued sales that were sealed for a key that the alias no longer names: 1\. /,
    );
    expect(JSON.parse((await status(file, '--json')).stdout)).toMatchObject({ keys: { outdated: 1 } });
  });

  test('without KMS the cached key counts, and none is unknown', async () => {
    const file = newOutbox();
    await sendTo(await closedPort(), file);
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', new URL(await closedPort()).origin);
    const unknown = await status(file, '--json');
    expect(JSON.parse(unknown.stdout).keys).not.toHaveProperty('outdated');
    expect((await status(file, '--format', 'prometheus')).stdout).not.toContain('outdated');
    expect((await status(file)).stdout).toContain('\nKey            = unknown\n');
  });

  test('where all is delivered KMS is not asked', async () => {
    const file = newOutbox();
    await shopSend(['AMIS1', '--outbox', file], { env: { ...sandbox().env }, stdin: SALE });
    const before = sandbox().kms.calls['GetPublicKey'];
    expect((await status(file)).stdout).toContain('Queued         = 0\n');
    expect(sandbox().kms.calls['GetPublicKey']).toBe(before);
  });
});

const PROMTOOL = 'promtool';
const isThere = spawnSync(PROMTOOL, ['--version']).error === undefined;

describe('outbox status --format prometheus', () => {
  test('has a help, a type and a value for each', async () => {
    const file = newOutbox();
    await sendTo(await closedPort(), file);
    const { exitCode, stdout, stderr } = await status(file, '--format', 'prometheus');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const values = Object.fromEntries(
      [...stdout.matchAll(/^amis_shop_outbox_(\w+)\{shop_id="AMIS1"\} (\S+)$/gm)].map(([, name, value]) => [
        name,
        Number(value),
      ]),
    );
    expect(values).toEqual({
      queued_sales: 1,
      queued_bytes: expect.any(Number),
      oldest_queued_age_seconds: expect.any(Number),
      rejected_sales: 0,
      held: 0,
      outdated_key_sales: 0,
      sequence_conflicts_total: 0,
      recorded_sales_total: 1,
      accepted_sales_total: 0,
    });
    for (const name of Object.keys(values)) {
      const type = name.endsWith('_total') ? 'counter' : 'gauge';
      expect(stdout).toMatch(
        new RegExp(`# HELP amis_shop_outbox_${name} \\S.*\n# TYPE amis_shop_outbox_${name} ${type}\n`),
      );
    }
  });

  test('labels are escaped, and a clock that went back makes no negative age', () => {
    const text = prometheusText(
      {
        shopId: 'A"\\\n',
        tillId: undefined,
        url: '',
        file: '',
        recorded: 1,
        accepted: 0,
        queued: 1,
        rejected: 0,
        bytes: 1,
        oldestQueuedAt: 2_000,
        held: undefined,
        delivering: 'nobody',
        resolved: 0,
        clockOffsetMs: undefined,
        clockProblem: undefined,
        sequenceConflict: undefined,
        deliverer: undefined,
        keys: { current: undefined, queued: {}, unrenewed: undefined, outdated: 0 },
      },
      { now: 1_000, outdated: undefined },
    );
    expect(text).toContain('amis_shop_outbox_oldest_queued_age_seconds{shop_id="A\\"\\\\\\n"} 0\n');
  });

  test.skipIf(!isThere)('promtool finds nothing to say', async () => {
    const file = newOutbox();
    await sendTo(await closedPort(), file);
    const { stdout } = await status(file, '--format', 'prometheus');
    const {
      status: code,
      stdout: said,
      stderr,
    } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: stdout, encoding: 'utf8' });
    expect({ code, said, stderr }).toEqual({ code: 0, said: '', stderr: '' });
  });
});

describe('times for people', () => {
  test('are local and say how far from UTC', () => {
    vi.stubEnv('TZ', 'Asia/Kolkata');
    expect(localTime(Date.UTC(2026, 10, 22, 20, 3, 11))).toBe('2026-11-23T01:33:11+05:30');
    vi.stubEnv('TZ', 'America/St_Johns');
    expect(localTime(Date.UTC(2026, 10, 22, 20, 3, 11))).toBe('2026-11-22T16:33:11-03:30');
  });

  test.each([
    [0, '0 s'],
    [-5_000, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [3_725_000, '1 h 2 min'],
    [86_400_000 * 3 + 3_600_000 * 4, '3 d 4 h'],
  ])('%i ms are %s', (ms, text) => {
    expect(ageOf(ms)).toBe(text);
  });
});
