import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const openssl = (args: readonly string[], input = ''): string =>
  execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });

/** A certificate that signs itself and its private key, by OpenSSL. */
export function certificatePair(
  algorithm: 'ec' | 'rsa' = 'ec',
  days = 365,
  alternativeNames = 'DNS:till-07',
): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'pair-'));
  const keyFile = join(folder, 'key.pem');
  const newKey =
    algorithm === 'ec' ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-newkey', 'rsa:2048'];
  const names = ['-subj', '/O=AMIS/CN=till-07', '-addext', `subjectAltName=${alternativeNames}`];
  const subject = [...names, '-days', String(days)];
  try {
    const cert = openssl(['req', '-x509', ...newKey, '-nodes', '-keyout', keyFile, ...subject]);
    return { cert, key: readFileSync(keyFile, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same private key, encrypted: PKCS #8, or the older form with its headers. */
export const encrypted = (
  key: string,
  passphrase: string,
  form: 'pkcs8' | 'traditional' = 'pkcs8',
): string =>
  form === 'pkcs8'
    ? openssl(['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-passout', `pass:${passphrase}`], key)
    : openssl(['ec', '-aes256', '-passout', `pass:${passphrase}`], key);
