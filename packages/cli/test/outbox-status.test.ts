import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readStatus, type TillStatus } from '@amis-shop/shop-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { prometheusText } from '../src/outbox/prometheus.ts';
import { ageOf, localTime } from '../src/times.ts';
import {
  answering,
  asNobody,
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
Recorded       = 2, the last <local time>
Accepted       = 1, the last <local time>
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
      /^shop-send: warning: Nothing is delivered until somebody acts\. Check .*\nshop-send: warning: Rejected sales: 1\. See shop-send outbox rejected --outbox \S+\n$/,
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

const STATUS: TillStatus = {
  shopId: 'AMIS1',
  tillId: undefined,
  url: 'https://api.retsema.eu/shop',
  file: '/outbox.db',
  recorded: 1,
  accepted: 0,
  queued: 1,
  rejected: 0,
  resolved: 0,
  bytes: 1,
  oldestQueuedAt: 2_000,
  lastRecordedAt: 2_000,
  lastAcceptedAt: undefined,
  held: undefined,
  delivering: 'nobody',
  deliverer: undefined,
  clockOffsetMs: undefined,
  clockProblem: undefined,
  sequenceConflict: undefined,
  saleIdConflict: undefined,
  rescued: [],
  openingProblem: undefined,
  keys: { current: undefined, queued: {}, unrenewed: undefined, outdated: 0 },
};

const PROMTOOL = 'promtool';
const isThere = spawnSync(PROMTOOL, ['--version']).error === undefined;

describe('outbox status --format prometheus', () => {
  test('has a help, a type and a value for each, with times and no ages', async () => {
    const file = newOutbox();
    await shopSend(['AMIS1', '--outbox', file, '--till-id', 'till-07'], {
      env: { ...sandbox().env },
      stdin: SALE,
    });
    await sendTo(await closedPort(), file);
    const { exitCode, stdout, stderr } = await status(file, '--format', 'prometheus');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const labels = `shop_id="AMIS1",till_id="till-07",outbox="${file}"`;
    const values = Object.fromEntries(
      stdout
        .split('\n')
        .filter((line) => line.includes(labels))
        .map((line) => {
          const [name = '', value] = line.replace(`{${labels}`, '{').split(' ');
          return [name.replace(/^amis_shop_outbox_/, '').replace(/\{\}$/, ''), Number(value)];
        }),
    );
    const now = expect.closeTo(Date.now() / 1000, -2);
    expect(values).toEqual({
      queued_sales: 1,
      queued_bytes: expect.any(Number),
      rejected_sales: 0,
      rescued_files: 0,
      unopenable: 0,
      outdated_key_sales: 0,
      recorded_sales_total: 2,
      accepted_sales_total: 1,
      resolved_sales_total: 0,
      sequence_conflicts_total: 0,
      sale_id_conflicts_total: 0,
      oldest_queued_timestamp_seconds: now,
      last_recorded_timestamp_seconds: now,
      last_accepted_timestamp_seconds: now,
      snapshot_timestamp_seconds: now,
      clock_offset_seconds: expect.closeTo(0, -1),
      held: 0,
      delivering: 0,
      [`info{,version="${manifest.version}",url="${readStatus(file).url}"}`]: 1,
    });
    const names = stdout.split('\n').flatMap((line) => /^(\w+)\{/.exec(line)?.[1] ?? []);
    for (const name of names) {
      const type = name.endsWith('_total') ? 'counter' : 'gauge';
      expect(stdout).toMatch(new RegExp(`# HELP ${name} \\S.*\n# TYPE ${name} ${type}\n${name}\\{`));
    }
  });

  test('names the reason of a hold and who delivers', () => {
    const text = prometheusText(
      {
        ...STATUS,
        held: { code: 'unauthorized', message: '', hint: '', since: 5_000 },
        delivering: 'elsewhere',
        deliverer: { pid: 7, host: 'till-pc', since: 1 },
        clockOffsetMs: -1_500,
      },
      { now: 9_000, outdated: undefined, version: '1.2.3' },
    );
    const common = 'shop_id="AMIS1",outbox="/outbox.db"';
    expect(text).toContain(`amis_shop_outbox_held{${common}} 1\n`);
    expect(text).toContain(`amis_shop_outbox_held_info{${common},reason="unauthorized"} 1\n`);
    expect(text).toContain(`amis_shop_outbox_held_since_timestamp_seconds{${common}} 5\n`);
    expect(text).toContain(`amis_shop_outbox_delivering{${common}} 1\n`);
    expect(text).toContain(`amis_shop_outbox_deliverer_info{${common},host="till-pc",pid="7"} 1\n`);
    expect(text).toContain(`amis_shop_outbox_clock_offset_seconds{${common}} -1.5\n`);
    expect(text).not.toMatch(/outdated|last_accepted/);
  });

  test('labels are escaped', () => {
    const text = prometheusText(
      { ...STATUS, shopId: 'A"\\\n' },
      { now: 1, outdated: undefined, version: '1' },
    );
    expect(text).toContain('amis_shop_outbox_held{shop_id="A\\"\\\\\\n",outbox="/outbox.db"} 0\n');
  });

  test.skipIf(!isThere)('promtool finds nothing to say', async () => {
    const file = newOutbox();
    await sendTo(await closedPort(), file);
    const other = newOutbox();
    await sendTo(await answering((_, response) => response.writeHead(401).end()), other);
    const { stdout } = await status(file, '--format', 'prometheus');
    expect((await status(other, '--format', 'prometheus')).stdout).toContain('reason="unauthorized"');
    const {
      status: code,
      stdout: said,
      stderr,
    } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: stdout, encoding: 'utf8' });
    expect({ code, said, stderr }).toEqual({ code: 0, said: '', stderr: '' });
  });
});

describe('outbox status --output', () => {
  const written = (file: string, to: string, ...args: string[]) => status(file, '--output', to, ...args);

  test('is a file that all may read, in every format, replaced at once', async () => {
    const file = newOutbox();
    await sendTo(await closedPort(), file);
    const to = join(temporaryFolder(), 'outbox.prom');
    for (const format of ['prometheus', 'json', 'text']) {
      const inode = statSync(to, { throwIfNoEntry: false })?.ino;
      expect(await written(file, to, '--format', format)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      expect(statSync(to).mode & 0o777).toBe(0o644);
      expect(statSync(to).ino).not.toBe(inode);
      const { stdout } = await status(file, '--format', format);
      expect(readFileSync(to, 'utf8').split(/[ =:{]/)[0]).toBe(stdout.split(/[ =:{]/)[0]);
    }
    expect(readdirSync(join(to, '..'))).toEqual(['outbox.prom']);
  });

  test('stays as it is where the outbox cannot be read, and the command fails', async () => {
    const folder = temporaryFolder({ 'outbox.prom': 'as before\n' });
    const to = join(folder, 'outbox.prom');
    const { exitCode, stdout, stderr } = await written(join(folder, 'none.db'), to, '--format', 'prometheus');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^shop-send: There is no outbox /);
    expect(readFileSync(to, 'utf8')).toBe('as before\n');
  });

  test.each([
    ['missing/outbox.prom', 'its folder does not exist'],
    ['.', 'it is a folder'],
  ])('%s cannot be written, is said to be so, and leaves nothing behind', async (name, why) => {
    const file = newOutbox();
    await sendTo(await closedPort(), file);
    const folder = temporaryFolder();
    const { exitCode, stderr } = await written(file, join(folder, name), '--format', 'prometheus');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`cannot be written (${why}); nothing is changed.`);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)('needs no right to write to the outbox or beside it', async () => {
    const file = newOutbox();
    await sendTo(await closedPort(), file);
    chmodSync(join(file, '..'), 0o755);
    chmodSync(file, 0o644);
    const { exitCode, stdout, stderr } = await asNobody(() => status(file, '--format', 'prometheus'));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('amis_shop_outbox_queued_sales');
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
