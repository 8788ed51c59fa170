import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Till } from '@amis-shop/shop-client';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  afterNewOutbox,
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
  sandbox().setFaults('');
});

const newOutbox = () => join(temporaryFolder(), 'outbox.db');
const env = () => ({ ...sandbox().env });

const SALES = (count: number) =>
  Array.from({ length: count }, (_, i) => `{"id": "L-${i + 1}", ${SALE.slice(1)}\n`).join('');

/** To the sandbox. */
const send = (file: string, ...args: string[]) =>
  shopSend(['AMIS1', '--outbox', file, ...args], { env: env(), stdin: SALE });

/** To another address. */
const sendTo = (url: string, file: string, ...args: string[]) =>
  shopSend(['AMIS1', url, '--outbox', file, '--attempts', '1', ...args], { stdin: SALE });

/** Without any configuration: the outbox knows its shop, its address and its till. */
const outbox = (file: string, ...args: string[]) => shopSend(['outbox', ...args, '--outbox', file]);

const objects = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const answer = (status: number, body = '"OK"', headers: Record<string, string> = {}) =>
  answering((_, response) => response.writeHead(status, headers).end(body));

/** Two sales that wait for a shop at this address. */
async function twoQueued(url: string): Promise<string> {
  const file = newOutbox();
  for (const id of ['A-1', 'A-2']) await sendTo(url, file, '--sale-id', id);
  return file;
}

describe('shop-send --outbox', () => {
  test('prints what the old client printed, and the sale is booked once', async () => {
    const before = sandbox().books().booked;
    const { exitCode, stdout, stderr } = await send(newOutbox());
    expect({ exitCode, stderr: afterNewOutbox(stderr) }).toEqual({ exitCode: 0, stderr: '' });
    expect(steady(stdout)).toBe(`Shop id        = AMIS1
Key alias      = alias/KeyL-AMIS1
URL            = https://api.shop.test:<port>/shop
Data           = {"shop_id": "AMIS1", "content_base64": "<12>...<6>"}
request_number = 1
Status code    = 200
Content        = "OK"
`);
    expect(sandbox().books().booked).toBe(before + 1);
  });

  test('--json is one object, with the number that the till gave the sale', async () => {
    const { exitCode, stdout, stderr } = await send(newOutbox(), '--json', '--sale-id', 'till-1:7');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(steady(stdout)).toBe(
      '{"status":"accepted","sale_id":"till-1:7","shop_id":"AMIS1","key_alias":"alias/KeyL-AMIS1","kid":"<kid>",' +
        '"protocol":1,"url":"https://api.shop.test:<port>/shop","request_number":1,"status_code":200,' +
        '"content":"\\"OK\\"","request_id":"<uuid>","attempts":1,"duration_ms":<ms>,"created":true,"seq":1}\n',
    );
  });

  test('a sale that is recorded and not yet accepted is a success that says why and where to look', async () => {
    const file = newOutbox();
    const url = await closedPort();
    const { exitCode, stdout, stderr } = await sendTo(url, file, '--sale-id', 'A-1');
    expect({ exitCode, stderr: afterNewOutbox(stderr) }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(
      `\nrequest_number = 1\nQueued         = The sale A-1 is recorded as number 1 and not accepted yet. `,
    );
    expect(stdout).toMatch(/could not be reached.* See shop-send outbox status --outbox \S+outbox\.db\n$/);
    const json = await sendTo(url, file, '--sale-id', 'A-2', '--json');
    expect(json).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'queued',
      sale_id: 'A-2',
      shop_id: 'AMIS1',
      request_number: 1,
      seq: 2,
      attempts: 1,
      reason: { code: 'not_reached', message: expect.any(String), hint: expect.any(String) },
    });
    expect(JSON.parse(json.stdout)).not.toHaveProperty('error');
  });

  test('is delivered by the next run, once the shop is there', async () => {
    const file = newOutbox();
    const before = sandbox().books().booked;
    sandbox().setFaults('status-500:1');
    expect((await send(file, '--attempts', '1', '--json')).stdout).toContain('"status":"queued"');
    sandbox().setFaults('');
    expect(await send(file, '--json')).toMatchObject({ exitCode: 0 });
    expect(sandbox().books().booked).toBe(before + 2);
  });

  test('refused for good: 3, and the sale is kept apart', async () => {
    const file = newOutbox();
    const { exitCode, stdout, stderr } = await sendTo(await answer(400), file);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/request_number = 1\nStatus code {4}= 400\n$/);
    expect(afterNewOutbox(stderr)).toMatch(
      /^shop-send: The shop refused the message as malformed \(400\)\.\n {2}.* It is kept apart: see shop-send outbox rejected --outbox \S+\.\n$/,
    );
    const json = JSON.parse((await sendTo(await answer(400), newOutbox(), '--json')).stdout);
    expect(json).toMatchObject({
      status: 'rejected',
      seq: 1,
      status_code: 400,
      error: { code: 'message_refused' },
    });
  });

  test('held: recorded all the same, and told on standard error', async () => {
    const { exitCode, stdout, stderr } = await sendTo(await answer(401), newOutbox());
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\nQueued {9}= The sale \S+ is recorded as number 1 and not accepted yet\. /);
    expect(afterNewOutbox(stderr)).toMatch(
      /^shop-send: warning: Nothing is delivered until somebody acts\. .*\.\n$/,
    );
  });

  test.each([['one sale'], ['--many']])(
    '%s that is recorded when another process keeps the outbox busy is queued, not failed',
    async (way) => {
      const file = newOutbox();
      const other = new DatabaseSync(file);
      const record = Till.prototype.record;
      const recording = vi.spyOn(Till.prototype, 'record').mockImplementation(async function (
        this: Till,
        ...args
      ) {
        const recorded = await record.apply(this, args);
        other.exec('BEGIN IMMEDIATE');
        return recorded;
      });
      onTestFinished(() => {
        recording.mockRestore();
        other.close();
      });
      const { exitCode, stdout } = await send(file, '--json', ...(way === '--many' ? [way] : []));
      expect(exitCode).toBe(0);
      expect(objects(stdout)).toMatchObject([{ status: 'queued', seq: 1, reason: { code: 'outbox_busy' } }]);
    },
  );

  test('-n records each, and does not wait for a dead shop each time', async () => {
    const before = sandbox().books().booked;
    const { exitCode, stdout } = await send(newOutbox(), '-n', '3');
    expect(exitCode).toBe(0);
    expect(stdout.match(/Content {8}= "OK"/g)).toHaveLength(3);
    expect(sandbox().books().booked).toBe(before + 3);
    const file = newOutbox();
    const json = await sendTo(await closedPort(), file, '-n', '3', '--json');
    expect(json.exitCode).toBe(0);
    expect(objects(json.stdout).map(({ status, seq, attempts }) => [status, seq, attempts])).toEqual([
      ['queued', 1, 1],
      ['queued', 2, 0],
      ['queued', 3, 0],
    ]);
  });

  test('a sale that comes again under its own id is the first one', async () => {
    const file = newOutbox();
    await send(file, '--sale-id', 'A-1');
    const before = sandbox().books().booked;
    const { exitCode, stderr, stdout } = await send(file, '--sale-id', 'A-1');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Content        = "OK"');
    expect(stderr).toBe('shop-send: warning: The sale A-1 was recorded before; it is not recorded again.\n');
    expect(sandbox().books().booked).toBe(before);
    expect(JSON.parse((await send(file, '--sale-id', 'A-1', '--json')).stdout)).toMatchObject({
      status: 'accepted',
      repeated: true,
    });
  });

  test('another sale under an id that was recorded is refused, with exit code 2', async () => {
    const file = newOutbox();
    await send(file, '--sale-id', 'B-1');
    const stdin = SALE.replace('60.00', '70.00');
    const args = ['AMIS1', '--outbox', file, '--sale-id', 'B-1'];
    expect(await shopSend(args, { env: env(), stdin })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^shop-send: The sale id B-1 belongs to sale number 1, recorded at .*, with different content\.$/m,
      ),
    });
    const json = JSON.parse((await shopSend([...args, '--json'], { env: env(), stdin })).stdout);
    expect(json).toMatchObject({ status: 'failed', error: { code: 'sale_id_conflict', retryable: false } });
  });

  test('nothing is recorded of what is no sale, and the exit code is that of the fault', async () => {
    const file = newOutbox();
    expect(await shopSend(['AMIS1', '--outbox', file], { env: env(), stdin: '{}' })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('The sale is not valid: sales is missing.'),
    });
    writeFileSync(`${file}-other`, 'no database, but long enough to look like one'.repeat(50));
    expect(await send(`${file}-other`)).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await send('/nowhere/outbox.db')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/The folder of the outbox \/nowhere\/outbox\.db does not exist\./),
    });
    await send(file);
    expect(await shopSend(['AMIS2', '--outbox', file], { env: env(), stdin: SALE })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('belongs to shop AMIS1'),
    });
  });

  test('--dry-run leaves it alone', async () => {
    const file = newOutbox();
    expect(await send(file, '--dry-run')).toMatchObject({ exitCode: 0 });
    expect(existsSync(file)).toBe(false);
  });

  test('--sandbox takes one of its own, and never one with real sales', async () => {
    const file = newOutbox();
    const tried = () => shopSend(['AMIS1', '--sandbox', '--outbox', file, '--json'], { stdin: SALE });
    expect(JSON.parse((await tried()).stdout)).toMatchObject({ status: 'accepted', seq: 1 });
    expect(JSON.parse((await tried()).stdout)).toMatchObject({ status: 'accepted', seq: 2 });
    const real = newOutbox();
    await sendTo(await closedPort(), real);
    const refused = await shopSend(['AMIS1', '--sandbox', '--outbox', real], { stdin: SALE });
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toMatch(/holds the sales for http:\S+, which --sandbox must not get\./);
    const byVariable = await shopSend(['AMIS1', '--sandbox'], {
      stdin: SALE,
      env: { SHOP_SEND_OUTBOX: real },
    });
    expect(byVariable.exitCode).toBe(0);
    expect(objects((await outbox(real, 'list', '--json')).stdout)).toHaveLength(1);
  });

  test('the address may be left out: the outbox remembers it', async () => {
    const file = await twoQueued(await closedPort());
    const { exitCode, stdout } = await shopSend(['AMIS1', '--outbox', file, '--attempts', '1', '--json'], {
      stdin: SALE,
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'queued', seq: 3 });
  });
});

describe('outbox flush', () => {
  test('needs no shop and no address, and says what it delivered', async () => {
    const file = newOutbox();
    sandbox().setFaults('status-500:1');
    for (let i = 0; i < 3; i += 1) await send(file, '--attempts', '1');
    sandbox().setFaults('');
    const before = sandbox().books().booked;
    const { SHOP_SEND_URL: _, ...trust } = env() as Record<string, string>;
    const flush = (...args: string[]) =>
      shopSend(['outbox', 'flush', '--outbox', file, ...args], { env: trust });
    const { exitCode, stdout, stderr } = await flush();
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: 'Accepted       = 3\nRejected       = 0\nQueued         = 0\n',
      stderr: '',
    });
    expect(sandbox().books().booked).toBe(before + 3);
    expect(JSON.parse((await flush('--json')).stdout)).toMatchObject({
      status: 'accepted',
      accepted: 0,
      queued: 0,
    });
  });

  test('what remains because nobody was reached is 5, with the reason', async () => {
    const file = await twoQueued(await closedPort());
    const { exitCode, stdout, stderr } = await outbox(file, 'flush', '--attempts', '1');
    expect(exitCode).toBe(5);
    expect(stdout).toContain('Queued         = 2\n');
    expect(stderr).toMatch(/^shop-send: .*could not be reached.*\n {2}\S.*\n$/);
    const json = await outbox(file, 'flush', '--attempts', '1', '--json');
    expect(json).toMatchObject({ exitCode: 5, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'queued',
      queued: 2,
      reason: { code: 'not_reached' },
    });
  });

  test('a hold is 4, a rejection 3', async () => {
    const statuses = [401, 401, 401, 400, 200];
    const url = await answering((_, response) => response.writeHead(statuses.shift() ?? 200).end('"OK"'));
    const file = await twoQueued(url);
    const held = await outbox(file, 'flush', '--attempts', '1');
    expect(held.exitCode).toBe(4);
    expect(held.stderr).toMatch(/^shop-send: .*\(401\).*\n {2}\S.*\n$/);
    const { exitCode, stdout, stderr } = await outbox(file, 'flush', '--attempts', '1');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 3,
      stdout: 'Accepted       = 1\nRejected       = 1\nQueued         = 0\n',
    });
    expect(stderr).toMatch(/warning: The sale A-[12] is rejected\. .*\n.*See shop-send outbox rejected/);
  });

  test('an address to connect to that belongs to another shop is left out, with a warning', async () => {
    const file = await twoQueued(await closedPort());
    const flush = (given: Record<string, string>) =>
      shopSend(['outbox', 'flush', '--outbox', file, '--attempts', '1'], { env: given });
    expect((await flush(env())).stderr).toMatch(
      /^shop-send: warning: SHOP_SEND_CONNECT belongs to api\.shop\.test:\d+ and does not count for 127\.0\.0\.1:\d+; give --connect to have it so\.\n/,
    );
    const { SHOP_SEND_CONNECT: alone = '' } = env() as Record<string, string>;
    expect((await flush({ SHOP_SEND_CONNECT: alone })).stderr).toMatch(
      / It was tried at 127\.0\.0\.1:\d+, as SHOP_SEND_CONNECT says\.\n/,
    );
  });

  test('where another process delivers it says so, and is content', async () => {
    const file = await twoQueued(await closedPort());
    const lock = new DatabaseSync(`${file}-lease`);
    lock.exec('BEGIN EXCLUSIVE');
    const database = new DatabaseSync(file);
    database.prepare('UPDATE deliverer SET released = 0, pid = ?').run(process.ppid);
    database.close();
    const { exitCode, stderr } = await outbox(file, 'flush');
    lock.close();
    expect(exitCode).toBe(0);
    expect(stderr).toBe('shop-send: warning: Another process delivers what is in this outbox.\n');
  });

  test('interrupted before it began it says what is left', async () => {
    const file = await twoQueued(await closedPort());
    const { exitCode, stdout, stderr } = await shopSend(['outbox', 'flush', '--outbox', file], {
      signal: AbortSignal.abort(),
    });
    expect(exitCode).toBe(130);
    expect(stdout).toContain('Queued         = 2\n');
    expect(stderr).toMatch(
      /Interrupted: sales that are still queued: 2\.\n {2}Nothing is lost: run the same/,
    );
  });
});

describe('outbox rejected and retry', () => {
  test('the refused sale is told with what to do, and goes again as it is', async () => {
    const statuses = [400, 400];
    const bodies: string[] = [];
    const url = await answering(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      bodies.push(body);
      response.writeHead(statuses.shift() ?? 200).end('"OK"');
    });
    const file = newOutbox();
    await sendTo(url, file, '--sale-id', 'A-1');
    const { stdout } = await outbox(file, 'rejected');
    expect(stdout.replaceAll(file, '<file>')).toMatch(
      /^A-1: number 1, recorded \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d, rejected \S+, attempts: 1\n {2}The shop refused the message as malformed \(400\)\.\n {2}The shop answered 400: "OK"\n {2}\S.*\n {2}The same bytes again: shop-send outbox retry A-1 --outbox <file>\n {2}To close it for good: shop-send outbox resolve A-1 --outbox <file> --reason "\.\.\."\n$/,
    );
    expect(objects((await outbox(file, 'rejected', '--json')).stdout)).toMatchObject([
      {
        seq: 1,
        sale_id: 'A-1',
        status: 'rejected',
        error: { code: 'message_refused', answer: { status_code: 400, content: '"OK"' } },
      },
    ]);
    expect(await outbox(file, 'retry', 'A-1')).toMatchObject({ exitCode: 3 });
    const again = await outbox(file, 'retry', 'A-1', '--json');
    expect(again).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(again.stdout)).toMatchObject({ status: 'accepted', sale_id: 'A-1', attempts: 3 });
    expect(new Set(bodies).size).toBe(1);
    expect((await outbox(file, 'rejected')).stdout).toBe('No sale is rejected.\n');
  });

  test('what is not rejected, or not there, is refused by name', async () => {
    const file = newOutbox();
    await send(file, '--sale-id', 'A-1');
    const said = async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await outbox(file, 'retry', ...args);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      return stderr.split('\n')[0];
    };
    expect(await said('A-1')).toBe('shop-send: The sale A-1 is accepted, not rejected.');
    expect(await said('A-2')).toBe('shop-send: The outbox holds no sale A-2.');
    expect(await said()).toBe('shop-send: No sale is named.');
    const odd = await outbox(file, 'retry', 'a b');
    expect(odd).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^shop-send: A sale is named by its number, or by its id of 1 to 128 /),
    });
  });
});

describe('a new outbox', () => {
  test('a mistyped shop id leaves nothing that binds the right one', async () => {
    const file = newOutbox();
    expect(await shopSend(['AMSI1', '--outbox', file], { env: env(), stdin: SALE })).toMatchObject({
      exitCode: 6,
    });
    const { exitCode, stderr, stdout } = await send(file, '--till-id', 'till-07');
    expect({ exitCode, stderr: afterNewOutbox(stderr) }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('Content        = "OK"');
    expect(JSON.parse((await outbox(file, 'verify', '--json')).stdout)).toMatchObject({
      ok: true,
      recorded: 1,
    });
    expect(JSON.parse((await outbox(file, 'status', '--json')).stdout)).toMatchObject({
      shop_id: 'AMIS1',
      till_id: 'till-07',
    });
  });

  test('is reported with its first sale alone, also of many', async () => {
    const file = newOutbox();
    const many = (...args: string[]) =>
      shopSend(['AMIS1', '--many', '--outbox', file, ...args], { env: env(), stdin: SALES(3) });
    const first = await many('--json');
    expect(objects(first.stdout).filter(({ created }) => created)).toMatchObject([{ line: 1, seq: 1 }]);
    expect((await many()).stderr).toBe('');
    expect(JSON.parse((await send(file, '--json')).stdout)).not.toHaveProperty('created');
  });

  test('is not made where --existing says that there is one: the whole path is named', async () => {
    const cwd = temporaryFolder();
    const args = ['AMIS1', '--outbox', 'outbox.db'];
    for (const more of [['--existing'], ['--existing', '--many']]) {
      const { exitCode, stdout, stderr } = await shopSend([...args, ...more], {
        env: env(),
        cwd,
        stdin: SALE,
      });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(
        `shop-send: There is no outbox ${cwd}/outbox.db.\n  Check the path, the working folder, and whether its disk is mounted`,
      );
    }
    expect(readdirSync(cwd)).toEqual([]);
    expect(
      JSON.parse((await shopSend([...args, '--existing', '--json'], { env: env(), cwd, stdin: SALE })).stdout)
        .error,
    ).toMatchObject({ code: 'outbox_missing' });
    await send(join(cwd, 'outbox.db'));
    const variable = { ...env(), SHOP_SEND_EXISTING: '1' };
    expect(await shopSend(args, { env: variable, cwd, stdin: SALE })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    expect(await shopSend(['AMIS1', '--existing'], { env: env(), cwd, stdin: SALE })).toMatchObject({
      exitCode: 2,
    });
  });
});

describe('a sale is named by its number or its id', () => {
  /** Rejected sales with these ids, numbered from 1. */
  async function rejectedSales(...ids: string[]): Promise<string> {
    const file = newOutbox();
    let open = false;
    const url = await answering((_, response) => response.writeHead(open ? 200 : 400).end('"OK"'));
    for (const id of ids) await sendTo(url, file, '--sale-id', id);
    open = true;
    return file;
  }

  test('outbox retry takes the number on the receipt', async () => {
    const file = await rejectedSales('A-1', 'A-2', 'A-3');
    const { exitCode, stdout } = await outbox(file, 'retry', '3', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'accepted', sale_id: 'A-3', seq: 3 });
  });

  test('outbox retry takes several, each once, with a result for each', async () => {
    const file = await rejectedSales('A-1', 'A-2', 'A-3');
    const { exitCode, stdout } = await outbox(file, 'retry', '3', 'A-1', 'number=1', '--json');
    expect(exitCode).toBe(0);
    expect(objects(stdout)).toMatchObject([
      { status: 'accepted', sale_id: 'A-3', seq: 3 },
      { status: 'accepted', sale_id: 'A-1', seq: 1 },
    ]);
    const again = await outbox(file, 'retry', '1', '2', '--json');
    expect(again.exitCode).toBe(2);
    expect(objects(again.stdout)).toMatchObject([
      { status: 'failed', sale_id: 'A-1', error: { code: 'sale_not_rejected' } },
      { status: 'accepted', sale_id: 'A-2' },
    ]);
  });

  test('a word that names two sales is refused until it says which; one unknown word stops them all', async () => {
    const file = await rejectedSales('2', 'A-2');
    const { exitCode, stdout, stderr } = await outbox(file, 'retry', '2');
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'shop-send: 2 is the id of sale number 1 and the number of the sale with the id A-2.\n  Write id=2 or number=2.\n',
    });
    const unknown = await outbox(file, 'retry', 'A-2', '17');
    expect(unknown).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^shop-send: The outbox holds no sale with the number or the id 17; sales recorded: 2\.\n/,
      ),
    });
    const said = await outbox(file, 'retry', 'number=2', 'id=2', '--json');
    expect(objects(said.stdout)).toMatchObject([
      { status: 'accepted', sale_id: 'A-2' },
      { status: 'accepted', sale_id: '2' },
    ]);
  });
});

describe('outbox list', () => {
  test('one line a sale, of one state, so many', async () => {
    const file = newOutbox();
    await send(file, '--sale-id', 'A-1');
    await sendTo(await closedPort(), file, '--sale-id', 'A-2');
    await sendTo(await closedPort(), file, '--sale-id', 'A-3');
    const { exitCode, stdout, stderr } = await outbox(file, 'list');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [first, second] = stdout.split('\n');
    expect(first).toMatch(
      /^ {6}1 {2}A-1 +accepted {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d {2}attempts: 1$/,
    );
    expect(second).toMatch(/^ {6}2 {2}A-2 +queued {4}\S+ {2}attempts: \d, not_reached: /);
    const ids = async (...args: string[]) =>
      objects((await outbox(file, 'list', '--json', ...args)).stdout).map(({ sale_id }) => sale_id);
    expect(await ids()).toEqual(['A-1', 'A-2', 'A-3']);
    expect(await ids('--state', 'queued')).toEqual(['A-2', 'A-3']);
    expect(await ids('--limit', '2')).toEqual(['A-1', 'A-2']);
    const [, queued] = objects((await outbox(file, 'list', '--json')).stdout);
    expect(queued).toMatchObject({
      seq: 2,
      status: 'queued',
      protocol: 1,
      recorded_at: expect.stringMatching(/^\d{4}-.*Z$/),
      error: { code: 'not_reached', at: expect.stringMatching(/Z$/) },
    });
  });

  test('text from outside cannot steer the terminal', async () => {
    const file = await twoQueued(await closedPort());
    const database = new DatabaseSync(file);
    database
      .prepare('UPDATE queue SET failure = ?')
      .run(JSON.stringify({ code: 'not_reached', message: '\u001b]0;x\u0007', hint: '\u009b31m', at: 0 }));
    database.close();
    for (const args of [['list'], ['list', '--json'], ['export'], ['rejected'], ['status']]) {
      const { stdout, stderr } = await outbox(file, ...args);
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });
});

describe('outbox export and verify', () => {
  test('export brings out what is not accepted, with its messages; --all the rest too', async () => {
    const file = newOutbox();
    await send(file, '--sale-id', 'A-1');
    await sendTo(await closedPort(), file, '--sale-id', 'A-2');
    const { exitCode, stdout, stderr } = await outbox(file, 'export');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [sale, ...others] = objects(stdout) as { messages: { id: string; body: string }[] }[];
    expect(others).toEqual([]);
    expect(sale).toMatchObject({
      seq: 2,
      sale_id: 'A-2',
      messages: [{ id: 'A-2', body: expect.any(String) }],
    });
    expect(JSON.parse(sale?.messages[0]?.body ?? '')).toMatchObject({ shop_id: 'AMIS1', id: 'A-2' });
    expect(objects((await outbox(file, 'export', '--all')).stdout)).toHaveLength(2);
  });

  test('of a damaged file it brings out what can be read, says so, and exits with 1', async () => {
    const file = newOutbox();
    await shopSend(['AMIS1', await closedPort(), '--outbox', file, '--many', '--attempts', '1'], {
      stdin: SALES(500),
    });
    const copy = `${file}-copy`;
    const bytes = readFileSync(file);
    const middle = Math.floor(bytes.length / 4_096 / 2) * 4_096;
    writeFileSync(copy, bytes.fill(0x5a, middle, middle + 200));
    const { exitCode, stdout, stderr } = await outbox(copy, 'export');
    expect(exitCode).toBe(1);
    const read = objects(stdout).length;
    expect(read).toBeGreaterThan(300);
    expect(read).toBeLessThan(500);
    expect(stderr).toContain(`is damaged: ${read} sales were read, others may be missing.`);
    const json = await outbox(copy, 'export', '--json');
    expect(objects(json.stdout)).toHaveLength(read);
    expect(json.stderr).toContain('is damaged');
  });

  test('verify recounts and recomputes; 1 where something was changed', async () => {
    const file = newOutbox();
    await send(file, '--sale-id', 'A-1');
    await sendTo(await closedPort(), file, '--sale-id', 'A-2');
    const { exitCode, stdout } = await outbox(file, 'verify');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Verified {7}= yes\nRecorded {7}= 2\nAccepted {7}= 1\nQueued {9}= 1\nRejected {7}= 0\nHead {11}= [\da-f]{64}\n$/,
    );
    const database = new DatabaseSync(file);
    database.exec("UPDATE queue SET sale_id = 'A-3'");
    database.close();
    const changed = await outbox(file, 'verify', '--json');
    expect(changed.exitCode).toBe(1);
    expect(JSON.parse(changed.stdout)).toMatchObject({
      ok: false,
      problems: ['sale 2 is not what was recorded'],
    });
    expect(await outbox(file, 'verify')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('Problem        = sale 2 is not what was recorded\n'),
      stderr: expect.stringContaining('outbox export'),
    });
  });

  test.each([['list'], ['rejected'], ['export'], ['verify']])(
    '%s stops when it is interrupted: 130, and no result',
    async (command) => {
      const file = await twoQueued(await answer(400));
      const { exitCode, stdout } = await shopSend(['outbox', command, '--outbox', file], {
        signal: AbortSignal.abort(),
      });
      expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    },
  );

  test('no outbox is told as such, and none is made', async () => {
    const file = newOutbox();
    for (const command of ['status', 'list', 'flush', 'rejected', 'export', 'verify']) {
      const { exitCode, stdout, stderr } = await outbox(file, command);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(/^shop-send: There is no outbox \S+\.\n {2}\S.*\n$/);
    }
    expect(existsSync(file)).toBe(false);
    expect(await shopSend(['outbox', 'status'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^shop-send: No outbox is given\.\n/),
    });
  });
});
