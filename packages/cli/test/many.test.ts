import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { LONGEST_LINE_BYTES, readLines, splitLines } from '../src/many/lines.ts';
import {
  afterNewOutbox,
  answering,
  closedPort,
  emptyCache,
  SALE,
  sandboxForAll,
  shopSend,
  temporaryFolder,
} from './support/run.ts';

const sandbox = sandboxForAll();
beforeEach(() => {
  emptyCache();
  sandbox().setFaults('');
});

const newOutbox = () => join(temporaryFolder(), 'outbox.db');
const env = () => ({ ...sandbox().env });
const line = (id: string) => `{"id": "${id}", ${SALE.slice(1)}\n`;
/** The same id, another turnover. */
const dearer = (id: string) => line(id).replace('60.00', '70.00');
const lines = (count: number) => Array.from({ length: count }, (_, i) => line(`L-${i + 1}`)).join('');

const many = (stdin: string | Uint8Array, ...args: string[]) =>
  shopSend(['AMIS1', '--many', ...args], { env: env(), stdin });

const manyTo = (url: string, stdin: string, ...args: string[]) =>
  shopSend(['AMIS1', url, '--many', '--attempts', '1', ...args], { stdin });

interface Result {
  line: number;
  status: string;
  sale_id?: string;
  seq?: number;
  repeated?: boolean;
  error?: { code: string; message: string };
  reason?: { code: string };
}

/** By line. */
const results = (stdout: string): Result[] =>
  stdout
    .split('\n')
    .filter((text) => text !== '')
    .map((text): Result => JSON.parse(text))
    .sort((a, b) => a.line - b.line);

/** What both ways keep. */
describe.each([
  ['directly', () => [], (stderr: string) => stderr],
  ['by an outbox', () => ['--outbox', newOutbox()], afterNewOutbox],
] as const)('--many, %s', (_, way, unexpected) => {
  test('each line is a sale, booked once, and the summary counts them', async () => {
    const before = sandbox().books().booked;
    const { exitCode, stdout, stderr } = await many(lines(40), ...way());
    expect({ exitCode, stderr: unexpected(stderr) }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe('Sales          = 40\nAccepted       = 40\n');
    expect(sandbox().books().booked).toBe(before + 40);
  });

  test('--json is a result line for each, with its number and its id', async () => {
    const { exitCode, stdout, stderr } = await many(
      `${line('A-1')}\n\r\n${SALE}\n${line('A-2')}`,
      '--json',
      ...way(),
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(results(stdout)).toMatchObject([
      { line: 1, status: 'accepted', sale_id: 'A-1', status_code: 200, attempts: 1 },
      { line: 4, status: 'accepted', sale_id: expect.stringMatching(/^[\da-f-]{36}$/) },
      { line: 5, status: 'accepted', sale_id: 'A-2' },
    ]);
    expect(stdout).not.toContain('request_number');
  });

  test('a bad line is told by its number, shows nothing of itself and stops no other', async () => {
    const secret = '98765';
    const bad = [
      `{"sales": [{"item_no": "${secret}",}]}`,
      `{"sales": "${secret}"}`,
      `{"id": "a b", ${SALE.slice(1)}`,
      `{"id": 7, ${SALE.slice(1)}`,
      `{"sales": [], "x": "${secret.repeat(LONGEST_LINE_BYTES / 5 + 1)}"}`,
      '[]',
      '{"sales": [{"item_no": "1", "gross_number": 7}]}',
    ];
    const input = Buffer.concat([
      Buffer.from(`\ufeff${line('A-1')}${bad.join('\n')}\n`),
      Buffer.from([0xff, 0xfd, 0x0a]),
      Buffer.from('{"a":1,"a":2}\n'),
      Buffer.from(line('A-2').trim()),
    ]);
    const { exitCode, stdout, stderr } = await many(input, ...way());
    expect(exitCode).toBe(2);
    expect(stdout).toBe('Sales          = 11\nAccepted       = 2\nFailed         = 9\n');
    expect(
      stderr
        .split('\n')
        .filter((text) => text.startsWith('shop-send: Line'))
        .sort(),
    ).toEqual([
      'shop-send: Line 10: The line has a duplicate key: column 8.',
      'shop-send: Line 2: The line is not JSON: column 32.',
      'shop-send: Line 3: The sale is not valid: sales must be a list of lines, not a string.',
      'shop-send: Line 4: The line has an "id" that is not 1 to 128 of letters, digits and . _ : -.',
      'shop-send: Line 5: The line has an "id" that is not 1 to 128 of letters, digits and . _ : -.',
      'shop-send: Line 6: The line is longer than 1 MiB.',
      'shop-send: Line 7: The sale is not valid: the sale must be an object, not a list.',
      'shop-send: Line 8: The sale is not valid: sale line 1: gross_number must be a decimal string such as "5", not a number (and 1 more).',
      'shop-send: Line 9: The line is not UTF-8: byte 1 looks like Latin-1 or Windows-1252.',
    ]);
    expect(stderr).not.toContain(secret);
    const json = await many(input, '--json', ...way());
    expect(json).toMatchObject({ exitCode: 2, stderr: '' });
    expect(results(json.stdout)[2]).toMatchObject({
      line: 3,
      status: 'failed',
      error: { code: 'invalid_sale' },
    });
  });

  test('a sale that the shop refuses is told by its line and stops no other', async () => {
    const url = await answering(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.writeHead(body.includes('"A-2"') ? 400 : 200).end('"OK"');
    });
    const { exitCode, stdout } = await manyTo(
      url,
      line('A-1') + line('A-2') + line('A-3'),
      '--json',
      ...way(),
    );
    expect(exitCode).toBe(3);
    expect(results(stdout).map(({ status }) => status)).toEqual(['accepted', 'rejected', 'accepted']);
  });

  test('no more than --concurrency at once', async () => {
    let now = 0;
    let most = 0;
    const url = await answering(async (_, response) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 10));
      now -= 1;
      response.end('"OK"');
    });
    expect((await manyTo(url, lines(30), '--concurrency', '3', ...way())).exitCode).toBe(0);
    expect(most).toBe(3);
  });

  test('--quiet is quiet, and --sandbox needs no address', async () => {
    const given = { stdin: lines(3) };
    expect(await shopSend(['AMIS1', '--sandbox', '--many', '--quiet', ...way()], given)).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe('--many', () => {
  test('goes with no option of a single sale, and needs sales', async () => {
    expect((await many('', '-n', '2')).stderr).toMatch(
      /^shop-send: --requests is for one sale, so it cannot go/,
    );
    expect((await many('', '--sale-id', 'x')).exitCode).toBe(2);
    const nothing = await shopSend(['AMIS1', '--many'], { env: env() });
    expect(nothing).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('There are no sales to send'),
    });
    expect((await many('', '--file', 'none')).stderr).toMatch(/The file \S+none does not exist\./);
    expect((await many('', '--file', '/')).stderr).toMatch(/The file \/ is a folder\./);
    expect((await many('')).stdout).toBe('Sales          = 0\nAccepted       = 0\n');
  });

  test('what would stop them all ends the run', async () => {
    const url = await answering((_, response) => response.writeHead(401).end());
    const { exitCode, stdout, stderr } = await manyTo(url, lines(100), '--concurrency', '1');
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/^Sales {10}= [12]\nAccepted {7}= 0\nFailed {9}= [12]\n$/);
    expect(stderr).toMatch(
      /^shop-send: Line 1: .*\(401\)[\s\S]*warning: The lines after line [12] were not read/,
    );
  });

  test('--dry-run seals each and posts none', async () => {
    const before = sandbox().books().posts;
    expect((await many(lines(5), '--dry-run')).stdout).toBe('Sales          = 5\nSealed         = 5\n');
    expect(results((await many(lines(5), '--dry-run', '--json')).stdout)).toHaveLength(5);
    expect(sandbox().books().posts).toBe(before);
  });

  test('an unknown outcome says how to repeat that line', async () => {
    const url = await answering((_, response) => response.writeHead(500).end());
    const { exitCode, stderr } = await manyTo(url, line('A-1'), '--protocol', '2');
    expect(exitCode).toBe(5);
    expect(stderr).toContain('Send this line again with --protocol 2 and "id": "A-1" beside "sales"');
  });

  test('progress stands on a terminal only', async () => {
    const url = await answering((_, response) => setTimeout(() => response.end('"OK"'), 150));
    const cwd = temporaryFolder({ 'sales.ndjson': lines(2) });
    const args = ['AMIS1', url, '--many', '--file', 'sales.ndjson'];
    const { stderr, stdout } = await shopSend(args, { cwd, terminal: true });
    expect(stderr.replaceAll('\r\u001b[K', '|')).toMatch(/\|\[[#.]{20}\] +\d+ % {2}2 sales, accepted: \d/);
    expect(stderr.endsWith('\r\u001b[K')).toBe(true);
    expect(stdout).toBe('Sales          = 2\nAccepted       = 2\n');
    expect((await shopSend(args, { cwd })).stderr).toBe('');
    expect((await shopSend([...args, '--quiet'], { cwd, terminal: true })).stderr).toBe('');
  });
});

describe('--many --outbox', () => {
  test('what is recorded and not accepted is queued, and a success', async () => {
    const file = newOutbox();
    const { exitCode, stdout, stderr } = await manyTo(await closedPort(), lines(20), '--outbox', file);
    expect({ exitCode, stderr: afterNewOutbox(stderr) }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe('Sales          = 20\nAccepted       = 0\nQueued         = 20\n');
    const json = await manyTo(await closedPort(), line('M-1'), '--outbox', file, '--json');
    expect(results(json.stdout)).toMatchObject([
      { line: 1, status: 'queued', sale_id: 'M-1', seq: 21, reason: { code: expect.any(String) } },
    ]);
  });

  test('a second run goes on where the first stopped: what was recorded is not recorded again', async () => {
    const file = newOutbox();
    await manyTo(await closedPort(), lines(10), '--outbox', file);
    const before = sandbox().books().booked;
    const { exitCode, stdout } = await many(lines(15), '--outbox', file);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('Sales          = 15\nAccepted       = 15\nKnown before   = 10\n');
    expect(sandbox().books().booked).toBe(before + 15);
    const third = await many(lines(15), '--outbox', file, '--json');
    expect(results(third.stdout).every(({ status, repeated }) => status === 'accepted' && repeated)).toBe(
      true,
    );
    expect(sandbox().books().booked).toBe(before + 15);
  });

  test('the same id twice in one run is one sale, with a result for each line', async () => {
    const { stdout } = await many(line('A-1') + line('A-1'), '--outbox', newOutbox(), '--json');
    expect(results(stdout)).toMatchObject([
      { line: 1, status: 'accepted', seq: 1 },
      { line: 2, status: 'accepted', seq: 1 },
    ]);
  });

  test('without an outbox the same sale twice is sent once, and another one under its id is refused by its line', async () => {
    const { posts, booked } = sandbox().books();
    const input = line('N-1') + line('N-1') + dearer('N-1') + line('N-1') + line('N-2');
    const { exitCode, stdout, stderr } = await many(input);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('Sales          = 5\nAccepted       = 4\nFailed         = 1\nKnown before   = 2\n');
    expect(stderr).toMatch(/^shop-send: Line 3: This client has sent another sale under the id N-1\.$/m);
    expect(sandbox().books()).toMatchObject({ posts: posts + 2, booked: booked + 2 });
  });

  test('--dry-run finds another sale under an id, too', async () => {
    const { exitCode, stderr } = await many(line('N-1') + line('N-1') + dearer('N-1'), '--dry-run');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^shop-send: Line 3: Another line has the sale id N-1, with different content\.$/m,
    );
  });

  test('another sale under an id that was recorded is reported by its line, and stops no other', async () => {
    const file = newOutbox();
    await many(line('D-1') + line('D-2'), '--outbox', file);
    const before = sandbox().books().booked;
    const input = dearer('D-1') + line('D-2') + line('D-3') + dearer('D-3') + line('D-4');
    const { exitCode, stdout, stderr } = await many(input, '--outbox', file);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('Sales          = 5\nAccepted       = 3\nFailed         = 2\nKnown before   = 1\n');
    expect(stderr).toMatch(
      /^shop-send: Line 1: The sale id D-1 belongs to sale number 1, recorded at .*, with different content\.$/m,
    );
    expect(stderr).toMatch(/^shop-send: Line 4: The sale id D-3 belongs to sale number 3, /m);
    expect(sandbox().books().booked).toBe(before + 2);
    const json = results((await many(dearer('D-1'), '--outbox', file, '--json')).stdout);
    expect(json).toMatchObject([
      { line: 1, status: 'failed', sale_id: 'D-1', error: { code: 'sale_id_conflict' } },
    ]);
  });

  test('a sale that cannot be compared with the first one of its id is marked, and warned of once', async () => {
    const file = newOutbox();
    const [made] = results((await many(`${SALE}\n`, '--outbox', file, '--json')).stdout);
    const input = line(made?.sale_id ?? '').repeat(2);
    const { exitCode, stderr } = await many(input, '--outbox', file);
    expect(exitCode).toBe(0);
    expect(results((await many(input, '--outbox', file, '--json')).stdout)).toMatchObject([
      { repeated: true, unverified: true },
      { line: 2, unverified: true },
    ]);
    expect(stderr).toMatch(/^shop-send: warning: .*could not be compared.*: 2, the first on line 1\. .*$/m);
  });

  test('lost answers are resent, and booked once', async () => {
    sandbox().setFaults('lost-ack:0.2,status-500:0.2');
    const before = sandbox().books().booked;
    const { exitCode } = await many(lines(40), '--outbox', newOutbox(), '--attempts', '20');
    expect(exitCode).toBe(0);
    expect(sandbox().books().booked).toBe(before + 40);
  });

  test('a shop that is down holds up no recording, however many sales come', async () => {
    const file = newOutbox();
    const count = 10_200;
    const { exitCode, stdout } = await manyTo(await closedPort(), lines(count), '--outbox', file);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`Sales          = ${count}\nAccepted       = 0\nQueued         = ${count}\n`);
  }, 60_000);

  test('what was told as queued and is accepted after all counts once a line; what an earlier run left, not at all', async () => {
    let up = false;
    const url = await answering((request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(up ? 200 : 500).end(up ? '"OK"' : ''));
    });
    const send = (stdin: string | AsyncIterable<Uint8Array>) =>
      shopSend(['AMIS1', url, '--many', '--attempts', '1', '--outbox', file], { stdin });
    const file = newOutbox();
    await send(Array.from({ length: 20 }, (_, i) => line(`E-${i + 1}`)).join(''));
    const count = 10_200;
    async function* untilSomeAreToldAsQueued() {
      yield Buffer.from(line('E-1') + line('E-1') + line('L-1') + lines(count));
      up = true;
    }
    const { exitCode, stdout } = await send(untilSomeAreToldAsQueued());
    expect(stdout).toBe(`Sales          = ${count + 3}\nAccepted       = ${count + 3}\nKnown before   = 3\n`);
    expect(exitCode).toBe(0);
  }, 120_000);

  test('interrupted while it waits for the key it names the lines that are still to be sent', async () => {
    const interrupt = new AbortController();
    const kms = await answering(() => interrupt.abort());
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', new URL(kms).origin);
    const { exitCode, stdout, stderr } = await shopSend(['AMIS1', '--many', '--outbox', newOutbox()], {
      env: env(),
      stdin: `${SALE}\n${SALE}\n`,
      signal: interrupt.signal,
    });
    vi.unstubAllEnvs();
    expect({ exitCode, stdout }).toEqual({
      exitCode: 130,
      stdout: 'Sales          = 2\nAccepted       = 0\nFailed         = 2\n',
    });
    for (const number of [1, 2]) {
      expect(stderr).toContain(
        `Line ${number}: Interrupted: this sale was not sent.\n  It is still to be sent.`,
      );
    }
    expect(stderr).toContain(
      'Interrupted after line 2; lines up to it that were not sent: 2; sales that wait',
    );
    expect(stderr).toContain('else with those lines, each told above, and the lines after it.');
  });

  test('a hold is told once, and recording goes on', async () => {
    const url = await answering((_, response) => response.writeHead(401).end());
    const { exitCode, stdout, stderr } = await manyTo(url, lines(30), '--outbox', newOutbox());
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Queued         = 30\n');
    expect(stderr.match(/Nothing is delivered until somebody acts/g)).toHaveLength(1);
  });
});

describe('lines', () => {
  test('the id is taken apart: it is no part of what is sealed', async () => {
    const input = cut(Buffer.from(`{"id": "A-1", "sales": []}\n{"sales": [], "x": 1}\n{}`), 10);
    const found: unknown[] = [];
    for await (const one of readLines(input, () => undefined)) found.push(one);
    expect(found).toEqual([
      { number: 1, saleId: 'A-1', sale: { sales: [] } },
      { number: 2, saleId: undefined, sale: { sales: [], x: 1 } },
      { number: 3, saleId: undefined, sale: {} },
    ]);
  });

  test('are the same however the input is cut', async () => {
    const text = `a\n\nbc\r\n${'x'.repeat(100)}\nlast`;
    for (const size of [1, 2, 3, 7, 1000]) {
      const found: string[] = [];
      for await (const bytes of splitLines(cut(Buffer.from(text), size))) found.push(String(bytes));
      expect(found).toEqual(['a', '', 'bc\r', 'x'.repeat(100), 'last']);
    }
  });

  test('that are too long are let go, at the limit and beyond', async () => {
    const at = Buffer.alloc(LONGEST_LINE_BYTES, 'x');
    const input = Buffer.concat([at, Buffer.from('\n'), at, Buffer.from('x\nb')]);
    const found: (number | undefined)[] = [];
    for await (const bytes of splitLines(cut(input, 65_536))) found.push(bytes?.length);
    expect(found).toEqual([LONGEST_LINE_BYTES, undefined, 1]);
  });

  test('without an end take no memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const before = process.memoryUsage().arrayBuffers;
    let held = 0;
    async function* endless() {
      for (let i = 0; i < 4_000; i += 1) yield Buffer.alloc(65_536, 'x');
      for (let i = 0; i < 3; i += 1) {
        collect();
        await new Promise(setImmediate);
      }
      held = process.memoryUsage().arrayBuffers - before;
    }
    for await (const bytes of splitLines(endless())) expect(bytes).toBeUndefined();
    expect(held).toBeLessThan(64 * 1_048_576);
  });
});

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
