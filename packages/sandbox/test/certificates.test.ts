import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAuthority, issueCertificate, selfSignedCertificate } from '../src/index.ts';

const names = ['api.shop.test', 'amis.shop.test'];
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

test('a certificate carries its names, its purpose and the signature of its authority', () => {
  const authority = createAuthority();
  const issuer = new X509Certificate(authority.cert);
  const leaf = new X509Certificate(issueCertificate(authority, { names }).cert);
  expect(leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey)).toBe(true);
  expect(leaf.subjectAltName).toBe('DNS:api.shop.test, DNS:amis.shop.test');
  expect(leaf.keyUsage).toEqual([SERVER_AUTH]);
  expect([issuer.ca, leaf.ca]).toEqual([true, false]);
});

test('two certificates share neither serial number nor key', () => {
  const authority = createAuthority();
  const [one, two] = [issueCertificate(authority, { names }), issueCertificate(authority, { names })];
  expect(new X509Certificate(one.cert).serialNumber).not.toBe(new X509Certificate(two.cert).serialNumber);
  expect(one.key).not.toBe(two.key);
});

test.each([
  ['1999-12-31T23:59:59Z', '2049-12-31T23:59:59Z'],
  ['2026-01-02T03:04:05Z', '2050-01-01T00:00:00Z'],
])('validity from %s to %s is kept to the second', (from, to) => {
  const [notBefore, notAfter] = [new Date(from), new Date(to)];
  const { validFrom, validTo } = new X509Certificate(
    selfSignedCertificate({ names, notBefore, notAfter }).cert,
  );
  expect([new Date(validFrom), new Date(validTo)]).toEqual([notBefore, notAfter]);
});

test('a name may stand in the subject alone', () => {
  const { cert } = selfSignedCertificate({ names: [], commonName: 'api.shop.test' });
  const certificate = new X509Certificate(cert);
  expect(certificate.subject).toBe('CN=api.shop.test');
  expect(certificate.subjectAltName).toBeUndefined();
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test.skipIf(!hasOpenssl)(
  'OpenSSL accepts the chain by its strict rules (skipped where openssl is missing)',
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'certificates-'));
    const [ca, leaf] = [join(dir, 'ca.pem'), join(dir, 'leaf.pem')];
    const authority = createAuthority();
    writeFileSync(ca, authority.cert);
    writeFileSync(
      leaf,
      issueCertificate(authority, { names: [...names, 'x'.repeat(63).concat('.test')] }).cert,
    );
    const strictly = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', ca, leaf];
    const { stdout, stderr } = spawnSync('openssl', strictly, { encoding: 'utf8' });
    rmSync(dir, { recursive: true });
    expect(stdout + stderr).toBe(`${leaf}: OK\n`);
  },
);
