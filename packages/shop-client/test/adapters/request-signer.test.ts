import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AuthSettings } from '../../src/index.ts';
import { offlineClient, SALE } from '../support/client.ts';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

/** A shop that takes everything and remembers the headers of each post. */
async function shop() {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end('"OK"');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://localhost:${port}/shop`;
  const client = (auth: AuthSettings, more: object = {}) =>
    offlineClient({ url, connect: `127.0.0.1:${port}`, maxAttempts: 1, auth, ...more });
  return { seen, port, client };
}

const signed = (headers: IncomingHttpHeaders | undefined) =>
  /Credential=([^,]+), SignedHeaders=([^,]+), Signature=[0-9a-f]{64}$/
    .exec(headers?.authorization ?? '')
    ?.slice(1);

describe('without AWS settings', () => {
  beforeEach(() => {
    const home = mkdtempSync(join(tmpdir(), 'home-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    vi.stubEnv('HOME', home);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'])
      vi.stubEnv(name, undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  test.each<[string, AuthSettings['sigV4'], string, string]>([
    ['no credentials', { region: 'eu-west-1' }, 'held', 'credentials_missing'],
    ['no region', { credentials: CREDENTIALS }, 'held', 'region_missing'],
    [
      'credentials that STS refuses',
      { region: 'eu-west-1', credentials: () => Promise.reject(named('ExpiredTokenException', 400)) },
      'held',
      'credentials_refused',
    ],
    [
      'credentials that nobody could be asked for',
      { region: 'eu-west-1', credentials: () => Promise.reject(named('ENOTFOUND')) },
      'retry',
      'not_reached',
    ],
    [
      'credentials that never come',
      { region: 'eu-west-1', credentials: () => new Promise(() => undefined) },
      'retry',
      'not_reached',
    ],
  ])('%s: nothing is sent, and it is told by name', async (_, sigV4, outcome, code) => {
    const { seen, client } = await shop();
    const sent = client({ sigV4 }, { timeoutMs: 300 }).send(SALE);
    await expect(sent).rejects.toMatchObject({
      code,
      outcome,
      message: expect.stringContaining('nothing was sent'),
    });
    expect(seen).toEqual([]);
  });

  const named = (name: string, httpStatusCode?: number) =>
    Object.assign(new Error('refused'), { name, ...(httpStatusCode && { $metadata: { httpStatusCode } }) });
});

describe('with them', () => {
  test('region and credentials come from the environment, and a session has its token', async () => {
    vi.stubEnv('AWS_SESSION_TOKEN', 'token');
    const { seen, client } = await shop();
    await client({ sigV4: true }).send(SALE);
    vi.unstubAllEnvs();
    expect(signed(seen[0])?.[0]).toMatch(/^test\/\d{8}\/eu-west-1\/execute-api\/aws4_request$/);
    expect(seen[0]).toMatchObject({ 'x-amz-security-token': 'token' });
  });

  test('the signature is for the name and not for the address that is connected to', async () => {
    const { seen, port, client } = await shop();
    await client({ sigV4: { credentials: CREDENTIALS } }).send(SALE);
    expect(seen[0]?.host).toBe(`localhost:${port}`);
    expect(signed(seen[0])?.[1]?.split(';')).toEqual(
      expect.arrayContaining([
        'content-type',
        'host',
        'idempotency-key',
        'x-amz-content-sha256',
        'x-amz-date',
      ]),
    );
  });

  test('credentials that end are asked for again', async () => {
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return { ...CREDENTIALS, accessKeyId: `AKID${asked}`, expiration: new Date(Date.now() + 1_000) };
    };
    const { seen, client } = await shop();
    const one = client({ sigV4: { credentials } });
    await one.send(SALE);
    await one.send(SALE);
    const [first, second] = seen.map((headers) => signed(headers)?.[0]?.split('/')[0]);
    expect(first).toMatch(/^AKID\d$/);
    expect(second).not.toBe(first);
  });

  test('an abort while credentials are fetched is told as such, and nothing is sent', async () => {
    const { seen, client } = await shop();
    const stop = new AbortController();
    const credentials = () => {
      stop.abort();
      return new Promise<never>(() => undefined);
    };
    const sent = client({ sigV4: { credentials } }).send(SALE, { signal: stop.signal });
    await expect(sent).rejects.toMatchObject({ code: 'aborted' });
    expect(seen).toEqual([]);
  });

  test('the API key is a header of its own, and not sent where there is none', async () => {
    const { seen, client } = await shop();
    await client({ apiKey: 'KEY' }).send(SALE);
    await client({ sigV4: { credentials: CREDENTIALS } }).send(SALE);
    expect(seen.map((headers) => [headers['x-api-key'], headers.authorization !== undefined])).toEqual([
      ['KEY', false],
      [undefined, true],
    ]);
  });
});
