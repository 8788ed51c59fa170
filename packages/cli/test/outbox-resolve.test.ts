import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answering, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

/** Its key is what the sales are sealed for. */
sandboxForAll();

const outbox = (file: string, ...args: string[]) => shopSend(['outbox', ...args, '--outbox', file]);

/** What a script or a careless shop may say. */
const BODY = '{"message": "no item \u001b[31m12345\u202e"}';

interface Shop {
  url: string;
  file: string;
  /** From now on each post is answered like this; 0: the connection breaks. */
  answer(status: number): void;
  send(id: string, ...args: string[]): ReturnType<typeof shopSend>;
}

/** A shop that refuses each sale, and an outbox for it. */
async function refusingShop(): Promise<Shop> {
  let status = 400;
  const url = await answering((request, response) => {
    if (status === 0) request.socket.destroy();
    else response.writeHead(status, { 'x-amzn-requestid': 'r-1' }).end(status === 200 ? '"OK"' : BODY);
  });
  const file = join(temporaryFolder(), 'outbox.db');
  const send = (id: string, ...args: string[]) =>
    shopSend(['AMIS1', url, '--outbox', file, '--attempts', '1', '--sale-id', id, ...args], { stdin: SALE });
  const answer = (next: number) => {
    status = next;
  };
  return { url, file, answer, send };
}

describe('outbox rejected', () => {
  test('shows next day what the shop answered, with nothing in it that a terminal would obey', async () => {
    const { file, send } = await refusingShop();
    await send('A-1');
    const { stdout } = await outbox(file, 'rejected');
    expect(stdout).toContain(
      '\n  The shop answered 400 (request r-1): {"message": "no item \\u001b[31m12345\\u202e"}\n',
    );
    const json = await outbox(file, 'rejected', '--json');
    expect(json.stdout).toContain('\\u001b[31m12345\\u202e');
    expect(JSON.parse(json.stdout).error.answer).toEqual({
      status_code: 400,
      request_id: 'r-1',
      content: BODY,
    });
  });
});

describe('outbox resolve', () => {
  test('closes a rejected sale, by its number or its id, and all counts say so', async () => {
    const { file, send } = await refusingShop();
    for (const id of ['A-1', 'A-2', 'A-3']) await send(id);
    const first = await outbox(file, 'resolve', '1', '--reason', 'booked by hand, slip 4711');
    expect(first).toEqual({
      exitCode: 0,
      stdout: 'Resolved       = number 1, A-1: booked by hand, slip 4711\n',
      stderr: '',
    });
    const second = await outbox(file, 'resolve', 'A-2', '--reason', 'a test sale', '--json');
    expect(JSON.parse(second.stdout)).toEqual({
      status: 'resolved',
      sale_id: 'A-2',
      seq: 2,
      reason: 'a test sale',
    });
    expect((await outbox(file, 'status')).stdout).toMatch(/\nRejected {7}= 1\nResolved {7}= 2\n/);
    expect(JSON.parse((await outbox(file, 'status', '--json')).stdout)).toMatchObject({
      recorded: 3,
      accepted: 0,
      queued: 0,
      rejected: 1,
      resolved: 2,
    });
    expect(JSON.parse((await outbox(file, 'verify', '--json')).stdout)).toMatchObject({
      ok: true,
      recorded: 3,
      rejected: 1,
      resolved: 2,
    });
    const { stdout } = await outbox(file, 'list', '--state', 'resolved');
    expect(stdout).toMatch(/^ {6}1 {2}A-1 .* resolved .*, booked by hand, slip 4711\n {6}2 {2}A-2 /);
    const [one] = (await outbox(file, 'list', '--state', 'resolved', '--json')).stdout.split('\n');
    expect(JSON.parse(one as string)).toMatchObject({
      status: 'resolved',
      error: { code: 'message_refused' },
      resolution: { reason: 'booked by hand, slip 4711', at: expect.stringMatching(/Z$/) },
    });
  });

  test('is final: the sale is neither retried nor resolved again', async () => {
    const { file, send } = await refusingShop();
    await send('A-1');
    await outbox(file, 'resolve', 'A-1', '--reason', 'booked by hand');
    for (const args of [['retry'], ['resolve', '--reason', 'again']] as const) {
      const { exitCode, stderr } = await outbox(file, args[0], 'A-1', ...args.slice(1));
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/The sale A-1 was resolved at \S+Z: booked by hand\n/),
      });
    }
  });

  test('recorded again, a resolved sale is reported as closed by a person, with time and reason, and is not posted', async () => {
    const { file, send, answer } = await refusingShop();
    await send('A-1');
    await outbox(file, 'resolve', 'A-1', '--reason', 'booked by hand');
    answer(200);
    const again = await send('A-1');
    expect(again.stdout).toMatch(
      /^Resolved {7}= The sale A-1 \(number 1\) will not be posted: the shop rejected it, and a person closed it at \d{4}-\S+: booked by hand$/m,
    );
    expect(again.stdout).not.toContain('Status code');
    expect(again).toMatchObject({
      exitCode: 0,
      stderr: 'shop-send: warning: The sale A-1 was recorded before; it is not recorded again.\n',
    });
    const json = await send('A-1', '--json');
    expect(json).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toEqual({
      status: 'resolved',
      sale_id: 'A-1',
      shop_id: 'AMIS1',
      key_alias: 'alias/KeyL-AMIS1',
      url: expect.any(String),
      request_number: 1,
      repeated: true,
      seq: 1,
      resolution: { reason: 'booked by hand', at: expect.stringMatching(/Z$/) },
      duration_ms: expect.any(Number),
    });
    expect(JSON.parse((await outbox(file, 'status', '--json')).stdout)).toMatchObject({
      recorded: 1,
      accepted: 0,
      resolved: 1,
    });
  });

  test('in --many, a resolved sale that comes again is reported by its line, and is no failure', async () => {
    const { url, file, send } = await refusingShop();
    await send('A-1');
    await outbox(file, 'resolve', 'A-1', '--reason', 'booked by hand');
    const stdin = `${JSON.stringify({ id: 'A-1', ...JSON.parse(SALE) })}\n`;
    const many = (...args: string[]) =>
      shopSend(['AMIS1', url, '--many', '--outbox', file, ...args], { stdin });
    const text = await many();
    expect(text).toMatchObject({
      exitCode: 0,
      stdout: 'Sales          = 1\nAccepted       = 0\nResolved       = 1\nKnown before   = 1\n',
    });
    expect(text.stderr).toMatch(
      /^shop-send: warning: Line 1: The sale A-1 \(number 1\) will not be posted: the shop rejected it, and a person closed it at \S+: booked by hand\n$/,
    );
    const json = await many('--json');
    expect(json).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toEqual({
      line: 1,
      status: 'resolved',
      sale_id: 'A-1',
      shop_id: 'AMIS1',
      key_alias: 'alias/KeyL-AMIS1',
      url,
      repeated: true,
      seq: 1,
      resolution: { reason: 'booked by hand', at: expect.stringMatching(/Z$/) },
    });
  });

  test.each([
    [['1'], /The reason is missing\.\n {2}Give one: --reason/],
    [['1', '--reason', ''], /--reason/],
    [['1', '--reason', 'a\nb'], /--reason must be one line of printable characters/],
    [['1', '--reason', 'x'.repeat(501)], /--reason is longer than 500 characters/],
    [['--reason', 'why'], /No sale is named/],
    [['7', '--reason', 'why'], /holds no sale/],
  ])('needs a sale and a reason: %j', async (args, said) => {
    const { file, send } = await refusingShop();
    await send('A-1');
    const { exitCode, stdout, stderr } = await outbox(file, 'resolve', ...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(said);
    expect(JSON.parse((await outbox(file, 'status', '--json')).stdout)).toMatchObject({
      rejected: 1,
      resolved: 0,
    });
  });

  test('keeps the bytes: export --all brings them out, export for posting does not', async () => {
    const { file, send } = await refusingShop();
    await send('A-1');
    const [before] = (await outbox(file, 'export')).stdout.split('\n');
    await outbox(file, 'resolve', '1', '--reason', 'the wrong one');
    expect((await outbox(file, 'export')).stdout).toBe('');
    const after = JSON.parse((await outbox(file, 'export', '--all')).stdout);
    expect(after).toMatchObject({ status: 'resolved', resolution: { reason: 'the wrong one' } });
    expect(after.messages).toEqual(JSON.parse(before as string).messages);
  });

  test('refuses a sale that is accepted', async () => {
    const { file, send, answer } = await refusingShop();
    answer(200);
    await send('A-1');
    const { exitCode, stderr } = await outbox(file, 'resolve', '1', '--reason', 'why');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('The sale A-1 is accepted, not rejected.'),
    });
  });
});

describe('outbox list --may-have-arrived', () => {
  test('lists the sales that an old back end may have counted twice, and no others', async () => {
    const { file, send, answer } = await refusingShop();
    answer(200);
    await send('once');
    answer(0);
    await send('twice');
    await send('open');
    answer(400);
    await outbox(file, 'flush', '--attempts', '1');
    answer(200);
    await outbox(file, 'retry', 'twice');
    await send('last');
    const ids = async (...args: string[]) =>
      (await outbox(file, 'list', '--may-have-arrived', ...args, '--json')).stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
        .map(({ sale_id, status, may_have_arrived }) => [sale_id, status, may_have_arrived]);
    expect(await ids()).toEqual([
      ['twice', 'accepted', true],
      ['open', 'rejected', true],
    ]);
    expect(await ids('--state', 'accepted')).toEqual([['twice', 'accepted', true]]);
  });
});
