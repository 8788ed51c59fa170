import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import https, { type AgentOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { devNull } from 'node:os';
import { inspect } from 'node:util';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { KmsApi } from '../../src/adapters/kms-api.ts';
import { certificatePair } from '../support/certificates.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

afterEach(() => vi.unstubAllEnvs());

function withoutAwsSettings() {
  for (const name of [
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_PROFILE',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
  ]) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_CONFIG_FILE', devNull);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', devNull);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
}

describe('what is missing on this machine is named', () => {
  test('no region', async () => {
    withoutAwsSettings();
    await expect(new KmsApi({ credentials }).getPublicKey('alias/a')).rejects.toMatchObject({
      code: 'region_missing',
    });
  });

  test('a region set later is found', async () => {
    withoutAwsSettings();
    const kms = new KmsApi({ credentials, endpoint: 'http://127.0.0.1:1' });
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({ code: 'region_missing' });
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({ code: 'key_unavailable' });
  });

  test('no credentials', async () => {
    withoutAwsSettings();
    const kms = new KmsApi({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' });
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({ code: 'credentials_missing' });
  });

  test('a profile that gives none', async () => {
    withoutAwsSettings();
    vi.stubEnv('AWS_PROFILE', 'nope');
    const kms = new KmsApi({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' });
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({
      code: 'credentials_missing',
      message: 'The AWS profile "nope" gives no credentials.',
    });
  });

  test('a file of credentials that is named and missing', async () => {
    withoutAwsSettings();
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/till');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', '/nonexistent');
    const kms = new KmsApi({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' });
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({
      code: 'credentials_missing',
      message: 'The AWS credentials could not be had (ENOENT).',
    });
  });

  test.each(['eu west', ' eu-west-1', 'eu_west_1/x'])(
    'the region "%s", which is no name of one',
    async (region) => {
      withoutAwsSettings();
      vi.stubEnv('AWS_REGION', region);
      await expect(new KmsApi({ credentials }).getPublicKey('alias/a')).rejects.toMatchObject({
        code: 'region_missing',
        message: `"${region}" is not the name of an AWS region.`,
      });
    },
  );

  test.each(['AWS_ENDPOINT_URL_KMS', 'AWS_ENDPOINT_URL'])('%s that is no URL', async (variable) => {
    for (const value of ['banana', 'localhost:4566', 'ftp://kms.example/', 'http://']) {
      vi.stubEnv(variable, value);
      const kms = new KmsApi({ region: 'eu-west-1', credentials });
      await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({
        code: 'key_unavailable',
        retryable: false,
        message: `${variable} is not a URL that begins with https:// or http://.`,
      });
    }
  });

  test('an empty AWS_ENDPOINT_URL_KMS is none', () => {
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', '');
    expect(new KmsApi().hasOwnEndpoint).toBe(false);
  });

  test('nobody listening', async () => {
    const kms = new KmsApi({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', credentials });
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({
      code: 'key_unavailable',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('over a real socket', () => {
  type Answer = (response: ServerResponse) => void;

  async function kmsAt(answer: Answer, timeoutMs?: number): Promise<KmsApi> {
    const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new KmsApi({ region: 'eu-west-1', endpoint, credentials }, timeoutMs);
  }

  test('a portal that answers with a page is told as such', async () => {
    const kms = await kmsAt((response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    );
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({
      code: 'key_unavailable',
      retryable: true,
    });
  });

  test('what AWS repeats of the signed request is in no error', async () => {
    const message =
      'The signature does not match.\n\nThe Canonical String was\nx-amz-security-token:SECRET-TOKEN';
    const kms = await kmsAt((response) =>
      response
        .writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify({ __type: 'InvalidSignatureException', message })),
    );
    const error = await kms.getPublicKey('alias/a').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'credentials_rejected',
      cause: { name: 'InvalidSignatureException' },
    });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/SECRET|Credential=/);
  });

  test('an abort ends the wait for a KMS that does not answer', async () => {
    const kms = await kmsAt(() => undefined);
    const signal = AbortSignal.timeout(50);
    await expect(kms.encrypt('alias/a', new Uint8Array(3), { signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  test.each(['getPublicKey', 'encrypt', 'decrypt'] as const)(
    '%s waits for a KMS that does not answer no longer than it may',
    async (method) => {
      const kms = await kmsAt(() => undefined, 100);
      await expect(kms[method]('alias/a', new Uint8Array(3) as never)).rejects.toMatchObject({
        code: 'key_unavailable',
        retryable: true,
        message: 'KMS did not answer in time for the key behind alias/a.',
      });
    },
  );

  test('nor for credentials that do not come', async () => {
    const never = () => new Promise<never>(() => undefined);
    const kms = new KmsApi({ region: 'eu-west-1', credentials: never }, 100);
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({
      code: 'key_unavailable',
      message: 'The AWS credentials did not come in time.',
    });
  });
});

describe('over TLS', () => {
  /** A KMS that nobody vouches for. */
  async function strangersKms(): Promise<{ kms: KmsApi; asked: () => number }> {
    let asked = 0;
    const server = https.createServer(certificatePair(), (_, response) => {
      asked += 1;
      response.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { kms: new KmsApi({ region: 'eu-west-1', endpoint, credentials }), asked: () => asked };
  }

  test('whose certificate nobody vouches for is not asked, also where the environment switches verification off', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { kms, asked } = await strangersKms();
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({
      code: 'key_unavailable',
      message: expect.stringMatching(/^The certificate that KMS shows cannot be trusted/),
    });
    expect(asked()).toBe(0);
  });

  test('KMS is asked through the proxy that Node was told of', async () => {
    const wanted: string[] = [];
    const proxy = createServer().on('connect', ({ url = '' }, socket) => {
      wanted.push(url);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const before = https.globalAgent;
    const proxyEnv = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    https.globalAgent = new https.Agent({ proxyEnv } as AgentOptions);
    onTestFinished(() => {
      https.globalAgent = before;
      proxy.close();
    });
    const kms = new KmsApi({ region: 'eu-west-1', endpoint: 'https://kms.example', credentials });
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({
      code: 'key_unavailable',
      message: expect.stringContaining('ERR_PROXY_TUNNEL'),
      hint: expect.stringContaining('Check the proxy'),
    });
    expect(new Set(wanted)).toEqual(new Set(['kms.example:443']));
  });
});

test.each([undefined, null, {}])(
  "a client of the caller's own that gives %o names no key",
  async (output) => {
    const client = { send: async () => output } as never;
    await expect(new KmsApi({ client }).getPublicKey('alias/a')).resolves.toEqual({});
  },
);

test('nor does one that fails without an error', async () => {
  const client = { send: () => Promise.reject(null) } as never;
  await expect(new KmsApi({ client }).getPublicKey('alias/a')).rejects.toMatchObject({
    code: 'client_failed',
  });
});
