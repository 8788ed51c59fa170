import { execFile, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Break, startSandbox } from '../src/index.ts';
import { rsaKey } from './support/keys.ts';
import type { OpenSandbox } from './support/road.ts';

const hasOpenssl = spawnSync('openssl', ['version']).error === undefined;

let sandbox: OpenSandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ dns: true, keys: { AMIS1: rsaKey } });
});

afterAll(() => sandbox.close());

const openssl = (words: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve) => {
    const child = execFile('openssl', words, (_error, stdout, stderr) => resolve(stdout + stderr));
    child.stdin?.on('error', () => undefined).end(input);
  });

/** What the OpenSSL program sees at an address of the gateway. */
async function look(address: string, ...words: string[]) {
  const port = new URL(sandbox.url).port;
  const name = 'api.shop.test';
  const text = await openssl([
    ...['s_client', '-connect', `${address}:${port}`, '-servername', name, '-showcerts'],
    ...['-CAfile', sandbox.caFile, '-verify_hostname', name, '-purpose', 'sslserver', ...words],
  ]);
  const served = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n/g) ?? [];
  const leaf = await openssl(['x509', '-noout', '-text'], served[0]);
  return {
    verdict: /Verify return code: (\d+ \(.*\))/.exec(text)?.[1],
    served: served.length,
    signed: /Signature Algorithm: (.*)/.exec(leaf)?.[1],
    bits: Number(/Public-Key: \((\d+) bit\)/.exec(leaf)?.[1]),
    usage: /Extended Key Usage: \n\s*(.*)/.exec(leaf)?.[1],
    protocol: /^\s*(?:New|Protocol).*?(TLSv[\d.]+)/m.exec(text)?.[1],
    text,
  };
}

const SECLEVEL_0 = ['-cipher', 'DEFAULT@SECLEVEL=0'];

describe.skipIf(!hasOpenssl)('openssl s_client sees (skipped without it: apt-get install openssl)', () => {
  const USUAL = {
    verdict: '0 (ok)',
    served: 2,
    signed: 'ecdsa-with-SHA256',
    bits: 256,
    usage: 'TLS Web Server Authentication',
    protocol: 'TLSv1.3',
  };

  test.each(['127.0.0.1', '127.0.0.2', '127.0.0.3'])(
    'at %s a verified chain with its intermediate',
    async (address) => {
      await sandbox.break([]);
      expect(await look(address, '-x509_strict')).toMatchObject(USUAL);
    },
  );

  test.each<[Break, Partial<typeof USUAL>]>([
    ['certificate-expired', { verdict: '10 (certificate has expired)' }],
    ['certificate-not-yet-valid', { verdict: '9 (certificate is not yet valid)' }],
    ['certificate-soon', {}],
    ['certificate-wrong-name', { verdict: '62 (hostname mismatch)' }],
    ['certificate-self-signed', { verdict: '18 (self-signed certificate)', served: 1 }],
    ['certificate-incomplete', { verdict: '21 (unable to verify the first certificate)', served: 1 }],
    ['certificate-weak-key', { bits: 1024 }],
    ['certificate-weak-signature', { signed: 'ecdsa-with-SHA1' }],
    [
      'certificate-no-server-auth',
      { verdict: '26 (unsuitable certificate purpose)', usage: 'TLS Web Client Authentication' },
    ],
    // OpenSSL too takes the name from the subject where there is no SAN.
    ['certificate-cn-only', {}],
    ['certificate-differs', {}],
  ])('%s as the fault that it is', async (fault, otherwise) => {
    await sandbox.break([fault]);
    expect(await look('127.0.0.2', ...SECLEVEL_0)).toMatchObject({ ...USUAL, ...otherwise });
  });

  test('TLS 1.0 and 1.1 only, where the gateway is old', async () => {
    await sandbox.break(['tls-old']);
    for (const option of ['-tls1_2', '-tls1_3']) {
      expect((await look('127.0.0.1', option)).text).toMatch(/unsupported protocol|alert protocol version/);
    }
    for (const [option, protocol] of [
      ['-tls1', 'TLSv1'],
      ['-tls1_1', 'TLSv1.1'],
    ] as const) {
      const { text } = await look('127.0.0.1', option, ...SECLEVEL_0);
      expect(text).toMatch(new RegExp(`^ *Protocol *: ${protocol}$`, 'm'));
    }
  });

  test('that a client certificate is wanted', async () => {
    await sandbox.break(['gateway-client-certificate']);
    expect((await look('127.0.0.3')).text).toContain('Requested Signature Algorithms');
    await sandbox.break([]);
    expect((await look('127.0.0.3')).text).not.toContain('Requested Signature Algorithms');
  });

  test('a certificate that a test presents is served at every address, but for a fault of the certificate', async () => {
    await sandbox.break([]);
    sandbox.presentCertificate(sandbox.authority);
    const subjects = async () =>
      Promise.all(['127.0.0.1', '127.0.0.3'].map(async (address) => (await look(address)).served));
    expect(await subjects()).toEqual([1, 1]);
    await sandbox.break(['certificate-expired']);
    expect(await subjects()).toEqual([2, 2]);
    await sandbox.break(['gateway-waf']);
    expect(await subjects()).toEqual([1, 1]);
  });
});
