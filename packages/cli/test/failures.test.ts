import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { explain } from '../src/failure.ts';
import { answering, closedPort, emptyCache, SALE, sandboxForAll, shopSend, steady } from './support/run.ts';

const sandbox = sandboxForAll();
beforeEach(() => {
  emptyCache();
  sandbox().setFaults('');
});

const send = (args: readonly string[]) =>
  shopSend(['AMIS1', ...args], { env: { ...sandbox().env }, stdin: SALE });

/** To another address than the sandbox's; the key is the sandbox's. */
const sendTo = (url: string, ...args: string[]) => shopSend(['AMIS1', url, ...args], { stdin: SALE });

const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
  answering((_, response) => response.writeHead(status, headers).end(body));

describe('what the shop does not accept', () => {
  test('refused for good: 3, with the status and the content as the old client showed them', async () => {
    const { exitCode, stdout, stderr } = await sendTo(await answer(400, '"malformed"'));
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/request_number = 1\nStatus code {4}= 400\nContent {8}= "malformed"\n$/);
    expect(stderr).toBe(
      'shop-send: The shop refused the message as malformed (400).\n' +
        '  Sending it again will not help: check that URL and protocol are those of this shop.\n',
    );
  });

  test('perhaps taken: 5, and the hint does not promise that a new message is booked once', async () => {
    const url = await answer(500, '"NotOK: retry later, please"');
    const { exitCode, stderr } = await sendTo(url, '--attempts', '1', '--sale-id', 'x0');
    expect(exitCode).toBe(5);
    expect(stderr).toBe(
      'shop-send: The shop answered 500: it could not take the sale now, or may have taken it.\n' +
        "  Look in the shop's books before you send the sale x0 again: a new run cannot be told from a new sale.\n",
    );
    const v2 = await sendTo(url, '--attempts', '1', '--protocol', '2', '--sale-id', 'x1', '--json');
    expect(v2).toMatchObject({ exitCode: 5, stderr: '' });
    expect(JSON.parse(v2.stdout)).toMatchObject({
      status: 'unknown',
      sale_id: 'x1',
      shop_id: 'AMIS1',
      status_code: 500,
      attempts: 1,
      error: {
        code: 'shop_unavailable',
        retryable: true,
        hint: 'Repeat the same command with --protocol 2 --sale-id x1: the shop counts the sale once.',
      },
    });
  });

  test('after an unknown outcome of version 2 the advised command repeats the sale, and it is booked once', async () => {
    sandbox().setFaults('lost-ack:1');
    const before = sandbox().books().booked;
    const { stderr } = await send(['--attempts', '1', '--protocol', '2']);
    sandbox().setFaults('');
    const advised = /--protocol 2 --sale-id [\w-]{36}(?=:)/.exec(stderr)?.[0] ?? 'none';
    expect((await send(advised.split(' '))).exitCode).toBe(0);
    expect(sandbox().books().booked).toBe(before + 1);
  });

  test('of several requests the advised command repeats the one alone', async () => {
    const { stderr } = await sendTo(await answer(500, ''), '--attempts', '1', '--protocol', '2', '-n', '2');
    expect(stderr).toMatch(
      / {2}Repeat the same command with --protocol 2 --sale-id \S+ in place of --requests: /,
    );
  });

  test.each([
    [200, 'Sign in'],
    [302, ''],
  ])(
    'an answer of a captive portal (%i) says where to look, and what that means for the sale',
    async (status, body) => {
      const { exitCode, stderr } = await sendTo(await answer(status, body), '--attempts', '1');
      expect(exitCode).toBe(5);
      expect(steady(stderr)).toMatch(
        / {2}Look for a captive portal or a proxy .*, and check the URL\. Look in the shop's books before you send the sale <uuid> again: .*\.\n$/,
      );
    },
  );

  test('a lost answer is unknown, and a retry is booked once', async () => {
    sandbox().setFaults('lost-ack:1');
    const before = sandbox().books().booked;
    const { exitCode, stdout } = await send(['--attempts', '2', '--json']);
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'unknown',
      attempts: 2,
      error: { code: 'answer_lost' },
    });
    expect(sandbox().books().booked).toBe(before + 1);
  });

  test.each([
    [401, {}, 'unauthorized'],
    [403, { 'x-amzn-errortype': 'ForbiddenException' }, 'forbidden'],
    [403, { 'x-amzn-errortype': 'AccessDeniedException' }, 'access_denied'],
    [429, { 'x-amzn-errortype': 'LimitExceededException' }, 'quota_exceeded'],
  ])('held: 4 for %i %o', async (status, headers, code) => {
    const { exitCode, stdout } = await sendTo(
      await answer(status, '', headers as Record<string, string>),
      '--json',
    );
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: { code, retryable: false } });
  });

  test('nobody there: 5, and nothing arrived', async () => {
    const { exitCode, stderr } = await sendTo(await closedPort(), '--attempts', '1');
    expect(exitCode).toBe(5);
    expect(steady(stderr)).toBe(
      'shop-send: 127.0.0.1:<port> could not be reached (ECONNREFUSED).\n  Check the network; the sale was not sent.\n',
    );
  });

  test('where --connect leads elsewhere, the address that was tried is named', async () => {
    const { host } = new URL(await closedPort());
    const { stderr } = await sendTo('https://shop.invalid', '--connect', host, '--attempts', '1');
    expect(stderr).toMatch(
      `shop-send: shop.invalid could not be reached (ECONNREFUSED). It was tried at ${host}, as --connect says.\n`,
    );
    const unresolved = await sendTo('https://shop.invalid', '--connect', 'none.invalid:1', '--attempts', '1');
    expect(unresolved.stderr).toContain('It was tried at none.invalid:1, as --connect says.\n');
  });

  test('a certificate that is not trusted: 4, told at once, nothing sent', async () => {
    const { exitCode, stderr } = await shopSend(['AMIS1', sandbox().url, '--connect', sandbox().connect], {
      stdin: SALE,
    });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(
      /^shop-send: The certificate that api\.shop\.test:\d+ shows cannot be trusted .*; nothing was sent\. It was tried at \S+, as --connect says\.\n/,
    );
  });

  test('what came from the network is escaped and cut', async () => {
    const rubbish = `\u001b[31mred\u0007\r\n\u202e${'x'.repeat(500)}`;
    const url = await answer(200, rubbish);
    const { stdout } = await sendTo(url, '--attempts', '1');
    const content = stdout.split('\n').find((line) => line.startsWith('Content'));
    expect(content).toBe(`Content        = \\u001b[31mred\\u0007\\r\\n\\u202e${'x'.repeat(188)}...`);
    const json = (await sendTo(url, '--attempts', '1', '--json')).stdout;
    expect(json.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect((JSON.parse(json) as { content: string }).content).toHaveLength(203);
  });
});

describe('a proxy that Node was not told to use', () => {
  const PROXY = { HTTPS_PROXY: 'http://proxy.example:3128' };
  const sentence = ' HTTPS_PROXY is set and not used: set NODE_USE_ENV_PROXY=1 to go through it.';
  const unreached = async (env: Record<string, string>) =>
    await shopSend(['AMIS1', await closedPort(), '--attempts', '1'], { env, stdin: SALE });

  test('may be why the shop, or KMS, is not reached', async () => {
    const { stderr } = await unreached(PROXY);
    expect(stderr).toContain(`\n  Check the network; the sale was not sent.${sentence}\n`);
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', (await closedPort()).replace('/shop', ''));
    onTestFinished(() => void vi.unstubAllEnvs());
    emptyCache();
    expect((await shopSend(['key', 'show', 'AMIS1'], { env: PROXY })).stderr).toContain(sentence);
    expect((await shopSend(['doctor', 'AMIS1', await closedPort()], { env: PROXY })).stdout).toMatch(
      /fail {2}address.*\n.* HTTPS_PROXY is set and not used/,
    );
  });

  test.each([{}, { ...PROXY, NODE_USE_ENV_PROXY: '1' }, { ...PROXY, NODE_OPTIONS: '--use-env-proxy' }])(
    'is not spoken of where there is none, or Node uses it: %o',
    async (env) => {
      expect((await unreached(env)).stderr).not.toContain('PROXY');
    },
  );

  test('nor where the shop was reached', async () => {
    const url = await answer(400, '');
    expect((await shopSend(['AMIS1', url], { env: PROXY, stdin: SALE })).stderr).not.toContain('PROXY');
  });
});

test('plain HTTP to a port that ends each connection: it may speak TLS', async () => {
  const url = await answering((request) => request.socket.destroy());
  expect((await sendTo(url, '--attempts', '1')).stderr).toContain('then the URL begins with https://');
});

describe('the embedded shop', () => {
  test('that has no temporary folder is told as such', async () => {
    vi.stubEnv('TMPDIR', '/dev/null');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { exitCode, stderr } = await shopSend(['AMIS1', '--sandbox'], { stdin: SALE, cwd: '/' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^shop-send: The embedded shop could not be opened\. The directory \/dev\/null cannot be used: [^.]+\.\n {2}Check the temporary folder \(TMPDIR\) and the space in it\.\n$/,
    );
  });
});

describe('no key', () => {
  test('unknown to KMS: 6, before anything is printed', async () => {
    const { exitCode, stdout, stderr } = await shopSend(['NOSHOP'], {
      env: { ...sandbox().env },
      stdin: SALE,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
    expect(stderr).toBe(
      'shop-send: KMS knows no key by the alias alias/KeyL-NOSHOP (NotFoundException).\n' +
        '  Check the shop id, the alias prefix, the AWS region and the AWS account.\n',
    );
  });

  test('not pinned: 6', async () => {
    const { exitCode, stdout, stderr } = await send(['--pin', 'A'.repeat(43)]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
    expect(stderr).toContain('which is not pinned');
  });

  test('credentials that AWS does not accept: 4', async () => {
    sandbox().kms.failNext('UnrecognizedClientException');
    expect(await send([])).toMatchObject({ exitCode: 4, stdout: '' });
  });

  test('--json has the failure on standard output, and nothing on standard error', async () => {
    const { exitCode, stdout, stderr } = await send(['--json', '--pin', 'A'.repeat(43)]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 6, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'failed',
      shop_id: 'AMIS1',
      request_number: 1,
      error: {
        code: 'key_not_pinned',
        retryable: false,
        message: expect.any(String),
        hint: expect.any(String),
      },
    });
  });

  test('--verbose adds the stack and the causes, without it there is none', async () => {
    const failing = [await closedPort(), '--attempts', '1'] as const;
    expect((await sendTo(...failing)).stderr).not.toContain('    at ');
    const { stderr } = await sendTo(...failing, '--verbose');
    expect(stderr).toMatch(/\n {2}DeliveryError: [\s\S]*\n {6}at /);
    expect(stderr).not.toContain('content_base64');
  });
});

describe('interrupted', () => {
  test('while it waits to post again: 130 at once, and what became of the sale', async () => {
    const interrupt = new AbortController();
    const url = await answering((_, response) => {
      response.writeHead(503, { 'retry-after': '30' }).end();
      setTimeout(() => interrupt.abort(), 50);
    });
    const startedAt = Date.now();
    const { exitCode, stderr } = await shopSend(['AMIS1', url], { stdin: SALE, signal: interrupt.signal });
    expect(exitCode).toBe(130);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(steady(stderr)).toBe(
      'shop-send: Interrupted: the shop may have the sale <uuid>.\n' +
        "  Look in the shop's books before you send the sale <uuid> again: a new run cannot be told from a new sale.\n",
    );
  });

  test('between two requests: it is not said that nothing was sent', () => {
    const signal = AbortSignal.abort();
    expect(explain(signal.reason, { signal, sentBefore: 1 })).toMatchObject({
      exitCode: 130,
      error: {
        message: 'Interrupted: this sale was not sent.',
        hint: 'Send only what is left: 1 went out before it.',
      },
    });
  });

  test('before anything was sent: 130, and that is said', async () => {
    const { exitCode, stdout, stderr } = await shopSend(['AMIS1', '--json'], {
      env: { ...sandbox().env },
      stdin: SALE,
      signal: AbortSignal.abort(),
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: { code: 'aborted' } });
  });
});
