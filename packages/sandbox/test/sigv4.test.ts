import { execFileSync, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Sandbox, startSandbox } from '../src/index.ts';
import { refusalOfSignature } from '../src/sigv4.ts';
import { oneLine } from './support/client.ts';
import { rsaKey } from './support/keys.ts';
import { clientOf } from './support/till.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const CALLER = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET, region: 'us-east-1' };
const HOST = 'example.amazonaws.com';

const request = (method: string, path: string, headers: Record<string, string>, body = '') => ({
  method,
  path,
  host: HOST,
  headers: { host: HOST, ...headers },
  body,
});

/** Source: AWS's Signature Version 4 test suite (aws-sig-v4-test-suite). */
describe("AWS's published signatures are believed", () => {
  const at = '20150830T123600Z';
  const verifier = { ...CALLER, service: 'service', now: () => Date.UTC(2015, 7, 30, 12, 36) };
  const signed = (names: string, signature: string) => ({
    'x-amz-date': at,
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
  });
  test.each([
    [
      'get-vanilla',
      'GET',
      '/',
      {},
      'host;x-amz-date',
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
      '',
    ],
    [
      'post-vanilla',
      'POST',
      '/',
      {},
      'host;x-amz-date',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
      '',
    ],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      {},
      'host;x-amz-date',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
      '',
    ],
    [
      'post-x-www-form-urlencoded',
      'POST',
      '/',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'content-type;host;x-amz-date',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
      'Param1=value1',
    ],
    [
      'get-header-value-trim',
      'GET',
      '/',
      { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' },
      'host;my-header1;my-header2;x-amz-date',
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
      '',
    ],
  ])('%s', (_, method, path, headers, names, signature, body) => {
    const sent = request(method, path, { ...headers, ...signed(names, signature) }, body);
    expect(refusalOfSignature(sent, verifier)).toBeUndefined();
    expect(refusalOfSignature({ ...sent, body: `${body}.` }, verifier)).toMatchObject({
      errorType: 'InvalidSignatureException',
    });
  });
});

const hasBotocore = spawnSync('python3', ['-c', 'import botocore']).status === 0;

/** Prints what botocore would send of each request that stands, as JSON, on standard input. */
const SCRIPT = `
import json, sys
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

for given in json.load(sys.stdin):
    request = AWSRequest(given['method'], given['url'], given['headers'], given['body'].encode())
    SigV4Auth(Credentials('AKIDEXAMPLE', '${SECRET}'), 'execute-api', 'us-east-1').add_auth(request)
    print(json.dumps(dict(request.headers)))
`;

// Needs Debian's python3-botocore.
describe.skipIf(!hasBotocore)(
  'what botocore signs is believed, and nothing that was changed after it',
  () => {
    const cases = [
      { method: 'POST', path: '/shop', body: '{"shop_id": "AMIS1"}' },
      { method: 'POST', path: '/shop/v2', body: '{"v": 2, "name": "Zürich \u{1f6d2}"}' },
      { method: 'GET', path: '/shop', body: '' },
      { method: 'POST', path: '/a%20b/c%2Fd/~e.f_g-h', body: 'x' },
      { method: 'GET', path: '/shop?b=2&a=1&a=0&empty=&sp=%20x', body: '' },
      { method: 'POST', path: '/shop/', body: 'x' },
    ].map((one) => ({
      ...one,
      url: `https://${HOST}${one.path}`,
      headers: { 'content-type': 'application/json', 'idempotency-key': '"till-07:1"' },
    }));
    const verifier = { ...CALLER, service: 'execute-api', now: Date.now };
    const sentBy = () =>
      execFileSync('python3', ['-c', SCRIPT], { input: JSON.stringify(cases), encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((line, i) => {
          const headers = Object.entries(JSON.parse(line) as Record<string, string>);
          const { method = '', path = '', body = '' } = cases[i] ?? {};
          return request(
            method,
            path,
            Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
            body,
          );
        });

    test('body, path, method, host and each signed header count', () => {
      const sent = sentBy();
      expect(sent).toHaveLength(cases.length);
      for (const one of sent) {
        expect([one.path, refusalOfSignature(one, verifier)]).toEqual([one.path, undefined]);
        const changed = [
          { ...one, body: `${one.body} ` },
          { ...one, path: `${one.path}x` },
          { ...one, method: 'PUT' },
          { ...one, headers: { ...one.headers, host: 'another.example' } },
          { ...one, headers: { ...one.headers, 'idempotency-key': '"till-07:2"' } },
        ];
        for (const other of changed) {
          expect(refusalOfSignature(other, verifier)).toMatchObject({
            errorType: 'InvalidSignatureException',
          });
        }
      }
    });

    test.each([
      ['another secret', { secretAccessKey: 'x' }, 'InvalidSignatureException'],
      ['another region', { region: 'eu-west-1' }, 'InvalidSignatureException'],
      ['another service', { service: 'kms' }, 'InvalidSignatureException'],
      ['another caller', { accessKeyId: 'AKIDOTHER' }, 'UnrecognizedClientException'],
      ['six minutes later', { now: () => Date.now() + 360_000 }, 'InvalidSignatureException'],
      ['six minutes earlier', { now: () => Date.now() - 360_000 }, 'InvalidSignatureException'],
      ['four minutes later', { now: () => Date.now() + 240_000 }, undefined],
      ['four minutes earlier', { now: () => Date.now() - 240_000 }, undefined],
    ])('%s', (_, change, errorType) => {
      const [sent] = sentBy();
      expect(sent && refusalOfSignature(sent, { ...verifier, ...change })?.errorType).toBe(errorType);
    });
  },
);

describe('what is no signature is refused by name', () => {
  const verifier = { ...CALLER, service: 'execute-api', now: Date.now };
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${date.slice(0, 8)}/us-east-1/execute-api/aws4_request`;
  const good = (names: string) =>
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${names}, Signature=${'0'.repeat(64)}`;
  test.each([
    [{}, 'MissingAuthenticationTokenException'],
    [{ authorization: 'Basic dXNlcjpwYXNz' }, 'IncompleteSignatureException'],
    [{ authorization: 'AWS4-HMAC-SHA256' }, 'IncompleteSignatureException'],
    [{ authorization: good('host;x-amz-date') }, 'IncompleteSignatureException'],
    [
      { authorization: good('host;x-amz-date'), 'x-amz-date': '20261399T256099Z' },
      'InvalidSignatureException',
    ],
    [{ authorization: good('host;x-amz-date'), 'x-amz-date': date }, 'InvalidSignatureException'],
    [{ authorization: good('x-amz-date'), 'x-amz-date': date }, 'InvalidSignatureException'],
    [{ authorization: good('host'), 'x-amz-date': date }, 'InvalidSignatureException'],
    [
      { authorization: good('host;x-amz-date'), 'x-amz-date': date, 'x-amz-security-token': 'token' },
      'UnrecognizedClientException',
    ],
  ])('%j', (headers, errorType) => {
    const sent = request('POST', '/shop', headers as Record<string, string>, '{}');
    expect(refusalOfSignature(sent, verifier)).toMatchObject({ errorType });
  });
});

describe('a till whose clock is wrong signs by the time of the shop', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ keys: { AMIS1: rsaKey } });
  });
  afterAll(() => sandbox.close());

  const credentials = { accessKeyId: CALLER.accessKeyId, secretAccessKey: SECRET };

  /** A gateway in another time that demands signatures, over plain HTTP. */
  async function gatewayAt(offset: { ms: number; told?: string }) {
    const posts: { authorization: string; 'idempotency-key': string; body: string; refused: boolean }[] = [];
    const server = createServer({ keepAlive: true }, async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const headers = incoming.headers as Record<string, string>;
      const now = () => Date.now() + offset.ms;
      const refusal = refusalOfSignature(
        { method: 'POST', path: incoming.url ?? '', host: '', headers, body },
        { ...credentials, region: 'eu-west-1', service: 'execute-api', now },
      );
      const { authorization = '', 'idempotency-key': key = '' } = headers;
      posts.push({ authorization, 'idempotency-key': key, body, refused: refusal !== undefined });
      response.setHeader('date', offset.told ?? new Date(now()).toUTCString());
      if (refusal) response.setHeader('x-amzn-errortype', refusal.errorType);
      response.writeHead(refusal ? 403 : 200, { 'content-type': 'application/json' });
      response.end(refusal ? '{}' : '"OK"');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const client = clientOf(sandbox, {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop`,
      connect: undefined,
      auth: { sigV4: { region: 'eu-west-1', credentials } },
    });
    return { posts, client };
  }

  const HOUR = 3_600_000;

  test.each([2 * HOUR, -2 * HOUR, 400 * 24 * HOUR, -6 * 60_000])(
    'off by %i ms: refused once, then accepted, and never refused again',
    async (ms) => {
      const { posts, client } = await gatewayAt({ ms });
      await client.send(oneLine());
      await client.send(oneLine());
      expect(posts.map(({ refused }) => refused)).toEqual([true, false, false]);
    },
  );

  test('the second post has a signature of its own, and the same body and key', async () => {
    const { posts, client } = await gatewayAt({ ms: HOUR });
    await client.send(oneLine());
    const [first, second] = posts;
    expect(second).toMatchObject({ body: first?.body, 'idempotency-key': first?.['idempotency-key'] });
    expect(second?.authorization).not.toBe(first?.authorization);
  });

  test('the clock that was mended meanwhile is learned too', async () => {
    const offset = { ms: 2 * HOUR };
    const { posts, client } = await gatewayAt(offset);
    await client.send(oneLine());
    offset.ms = 0;
    await client.send(oneLine());
    expect(posts.map(({ refused }) => refused)).toEqual([true, false, true, false]);
  });

  test.each([
    [
      'a time at which the signature is refused all the same',
      { ms: 2 * HOUR, told: new Date(Date.now() - HOUR).toUTCString() },
      2,
    ],
    ['a time that is ours', { ms: 2 * HOUR, told: new Date().toUTCString() }, 1],
    ['no time', { ms: 2 * HOUR, told: 'soon' }, 1],
    ['a time in a form that no server writes', { ms: 2 * HOUR, told: '+275760-09-13T00:00:00.000Z' }, 1],
  ])('a shop that tells %s: held, after one correction at most', async (_, offset, posts) => {
    const gateway = await gatewayAt(offset);
    await expect(gateway.client.send(oneLine())).rejects.toMatchObject({
      code: 'credentials_refused',
      outcome: 'held',
    });
    expect(gateway.posts.map(({ refused }) => refused)).toEqual(Array(posts).fill(true));
  });
});
