import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { detailsOf, readCertificate } from '../src/core/certificate.ts';
import { type CertificateFacts, checkInfra } from '../src/index.ts';
import { disagreements, startPresenter } from './support/presenter.ts';
import { haveAll } from './support/programs.ts';

/** NIST's suite of certification paths, as Debian's python3-cryptography-vectors has it; without it this is left out. */
const FOLDER = '/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data';
const ROOT = 'TrustAnchorRootCertificate';

/** By the name of the file. */
function readAll(): Map<string, CertificateFacts> {
  const folder = join(FOLDER, 'certs');
  return new Map(
    readdirSync(folder).flatMap((file) => {
      const facts = readCertificate(readFileSync(join(folder, file)));
      return facts ? [[file.replace(/\.crt$/, ''), facts] as const] : [];
    }),
  );
}

/** They lie in PKCS #12 of a kind that Node cannot open, and openssl takes one file at a time. */
function privateKeys(names: readonly string[]): Map<string, string> {
  const each = 'openssl pkcs12 -legacy -in "$name.p12" -nodes -nocerts -passin pass:password';
  const { stdout } = spawnSync('sh', ['-c', `for name; do echo "== $name"; ${each}; done`, 'sh', ...names], {
    cwd: join(FOLDER, 'pkcs12'),
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  });
  const parts = stdout.split('== ').slice(1);
  return new Map(parts.map((part) => [part.split('\n')[0] ?? '', part.slice(part.indexOf('-----BEGIN'))]));
}

/** Left out: what is about lists of revoked certificates, which tills do not read. */
const REVOCATION = /crl|distribution|reasons|IDP|onlyContains|revoked/i;
/** Left out: a key of DSA that inherits its parameters, which no server on Node can load. */
const NOT_SERVED = 'ValidDSAParameterInheritanceTest5EE';

const MOST_SENT = 15;

/** The leaf, and all that may be issuers, as a server sends them that knows no better. */
function servedWith(leaf: CertificateFacts, known: readonly CertificateFacts[]): CertificateFacts[] {
  const served = [leaf];
  for (const one of served) {
    const { issuerKey } = detailsOf(one);
    const issuers = known.filter((other) => detailsOf(other).subjectKey === issuerKey);
    served.push(...issuers.filter((other) => !served.includes(other)).slice(0, MOST_SENT - served.length));
  }
  return served;
}

const pem = (certificates: readonly CertificateFacts[]): string =>
  certificates.map((one) => one.pem).join('');

test.runIf(existsSync(FOLDER) && haveAll('openssl'))(
  "our verdict agrees with that of Node's tls about the certificates of NIST's PKITS, sent with all that may be their issuers",
  async () => {
    const known = readAll();
    const root = known.get(ROOT)?.pem ?? '';
    const leaves = [...known.keys()].filter(
      (name) => name.endsWith('EE') && name !== NOT_SERVED && !REVOCATION.test(name),
    );
    const authorities = [...known].flatMap(([name, facts]) =>
      name.endsWith('EE') || name === ROOT ? [] : [facts],
    );
    expect(leaves).toHaveLength(132);
    const keys = privateKeys(leaves);
    await using presenter = await startPresenter();
    const wrong: string[] = [];
    for (const name of leaves) {
      const leaf = known.get(name) as CertificateFacts;
      presenter.present(pem(servedWith(leaf, authorities)), keys.get(name) ?? '');
      const till = await presenter.tillMeets(root);
      const report = await checkInfra('a.test', { connect: presenter.at, ca: root, only: ['certificate'] });
      wrong.push(...disagreements(report, till).map((one) => `${name}: a till meets ${till}, but ${one}`));
    }
    expect(wrong).toEqual([]);
  },
  60_000,
);
