import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCertificate } from '../src/core/certificate.ts';
import { buildChain } from '../src/core/chain.ts';
import type { CertificateFacts } from '../src/index.ts';
import { checkInfra, type Report } from '../src/index.ts';
import { findingOf } from './support/find.ts';
import { issue, makePki, rsaKeys } from './support/pki.ts';
import { freePort, haveAll, type Program, runProgram } from './support/programs.ts';

const DIG = 'dig';

describe.runIf(haveAll('openssl'))('openssl verify agrees about chains', () => {
  const folder = mkdtempSync(join(tmpdir(), 'infra-check-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const pki = makePki();
  const rsa = makePki({ keys: rsaKeys(2048) }, { keys: rsaKeys(2048) });
  const other = makePki();
  const notCa = issue({ subject: 'Test Intermediate', isCa: false }, pki.root);
  const byNotCa = issue({ names: ['api.shop.test'] }, notCa);
  /** Says the right name of the issuer, and was signed by somebody else's key. */
  const forged = issue(
    { names: ['api.shop.test'] },
    { ...pki.intermediate, privateKey: other.intermediate.privateKey },
  );
  const alone = issue({ names: ['api.shop.test'] });

  test.each([
    ['leaf, intermediate', [pki.leaf, pki.intermediate], pki.root],
    ['RSA', [rsa.leaf, rsa.intermediate], rsa.root],
    ['leaf alone', [pki.leaf], pki.root],
    ['another root', [pki.leaf, pki.intermediate], other.root],
    ['the intermediate of others', [pki.leaf, other.intermediate], pki.root],
    ['an issuer that is no authority', [byNotCa, notCa], pki.root],
    ['a forged signature', [forged, pki.intermediate], pki.root],
    ['self-signed', [alone], pki.root],
    ['self-signed and trusted', [alone], alone],
    ['in a wrong order with a stranger', [pki.leaf, other.root, pki.intermediate], pki.root],
  ])('%s', (_what, served, root) => {
    const [leaf, ...rest] = served;
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const untrusted =
      rest.length > 0 ? ['-untrusted', file('rest.pem', rest.map(({ cert }) => cert).join(''))] : [];
    const args = [
      'verify',
      '-CAfile',
      file('root.pem', root.cert),
      ...untrusted,
      file('leaf.pem', leaf?.cert ?? ''),
    ];
    const { status } = spawnSync('openssl', args);
    const facts = served.flatMap(({ der }) => readCertificate(der) ?? []) as CertificateFacts[];
    expect(buildChain(facts, [root.cert], Date.now()).trusted).toBe(status === 0);
  });
});

const VERSIONS = {
  TLSv1: '-tls1',
  'TLSv1.1': '-tls1_1',
  'TLSv1.2': '-tls1_2',
  'TLSv1.3': '-tls1_3',
} as const;
/** OpenSSL takes the old versions' hashes at this level only. */
const ANY_HASH = ['-cipher', 'DEFAULT:@SECLEVEL=0'];

describe.runIf(haveAll('openssl'))(
  'openssl s_client agrees about the versions that openssl s_server takes',
  () => {
    const { leaf } = makePki({ keys: rsaKeys(2048) });

    test.each<[what: string, flags: readonly string[]]>([
      ['all', []],
      ...Object.entries(VERSIONS).map(([version, flag]): [string, string[]] => [`${version} alone`, [flag]]),
      ['all but 1.0 and 1.1', ['-no_tls1', '-no_tls1_1']],
    ])('%s', async (_what, flags) => {
      const port = await freePort();
      const at = `127.0.0.1:${port}`;
      const takes = (flag: string): boolean =>
        spawnSync('openssl', ['s_client', '-connect', at, flag, ...ANY_HASH], { input: '' }).status === 0;
      await using _server = await runProgram(
        [
          'openssl',
          's_server',
          '-www',
          '-accept',
          at,
          '-cert',
          'cert.pem',
          '-key',
          'key.pem',
          ...flags,
          ...ANY_HASH,
        ],
        { 'cert.pem': leaf.cert, 'key.pem': leaf.key },
        () => Object.values(VERSIONS).some(takes),
      );
      const { observations } = await checkInfra('api.shop.test', {
        connect: at,
        skip: ['dns'],
        minTls: '1.2',
      });
      const seen = observations.tls_versions?.map(({ version, outcome }) => [version, outcome]);
      const truth = Object.entries(VERSIONS).map(([version, flag]) => [
        version,
        takes(flag) ? 'accepted' : 'refused',
      ]);
      expect(seen).toEqual(truth);
    });
  },
);

const ZONE = `$ORIGIN shop.test.
$TTL 60
@ SOA ns1 hostmaster 7 3600 600 86400 60
@ NS ns1
ns1 A 127.0.0.1
api A 127.0.0.1
api AAAA ::1
@ CAA 0 issue "amazon.com"
www CNAME api
_abc CNAME _xyz.acm-validations.aws.
${Array.from({ length: 80 }, (_, i) => `many A 52.1.2.${i}`).join('\n')}
`;

const dig = (port: number, ...words: string[]): string =>
  execFileSync(DIG, ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=1', ...words], {
    encoding: 'utf8',
  });

const answers = (port: number) => () => {
  const { stdout, status } = spawnSync(
    DIG,
    ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=1', 'shop.test', 'SOA'],
    { encoding: 'utf8' },
  );
  return status === 0 && stdout.includes('status: NOERROR') && stdout.includes('ANSWER SECTION');
};

/** Debian: apt-get install knot unbound bind9-dnsutils. Without them this is left out. */
describe.runIf(haveAll('knotd', 'unbound', DIG))('real name servers', () => {
  let port: number;
  let knot: Program;

  beforeAll(async () => {
    port = await freePort();
    const config = `server:
    rundir: "FOLDER"
    listen: 127.0.0.1@${port}
database:
    storage: "FOLDER/db"
policy:
  - id: quick
    single-type-signing: on
zone:
  - domain: shop.test
    file: "FOLDER/zone"
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
    dnssec-signing: on
    dnssec-policy: quick
`;
    knot = await runProgram(
      ['knotd', '-c', 'FOLDER/knot.conf'],
      { 'knot.conf': config, zone: ZONE, 'db/empty': '' },
      answers(port),
    );
  }, 30_000);
  afterAll(() => knot[Symbol.asyncDispose]());

  const look = (name: string, more: object = {}): Promise<Report> =>
    checkInfra(name, {
      resolvers: [`127.0.0.1:${port}`],
      dnsPort: port,
      only: ['dns'],
      allowPrivate: true,
      connect: '127.0.0.1:1',
      ...more,
    });

  test('knot: a zone is read as dig reads it, over TCP too', async () => {
    const report = await look('many.shop.test');
    const seen = report.observations.dns?.resolvers[0]?.a;
    const theirs = dig(port, '+short', '+tcp', 'many.shop.test', 'A').trim().split('\n');
    expect(
      seen?.answers
        .map(({ data }) => data)
        .slice(0, 64)
        .every((address) => theirs.includes(address)),
    ).toBe(true);
    expect(seen?.via).toBe('tcp');
  });

  test('knot: delegation, serial, validation and CAA are in order', async () => {
    const validation = '_abc.shop.test=_xyz.acm-validations.aws';
    const report = await look('www.shop.test', { authoritative: true, validation });
    const statuses = [
      'dns.resolve',
      'dns.chain',
      'dns.delegation',
      'dns.authoritative',
      'dns.serial',
      'dns.validation',
      'dns.caa',
    ] as const;
    expect(statuses.map((check) => `${check} ${findingOf(report, check).status}`)).toEqual(
      statuses.map((check) => `${check} ok`),
    );
    const serial = dig(port, '+short', 'shop.test', 'SOA').split(' ')[2];
    expect(findingOf(report, 'dns.serial').observed).toContain(serial);
  });

  test('knot: a name that does not exist, and one of a zone that is not served', async () => {
    expect(findingOf(await look('gone.shop.test'), 'dns.resolve').observed).toBe('NXDOMAIN');
    expect(findingOf(await look('api.other.test'), 'dns.resolve').observed).toBe('REFUSED');
  });

  test.each([
    ['valid', (key: string) => key, 'ok', 'AD'],
    ['broken', (key: string) => `${key.slice(0, -12)}AAAAAAAAAAA=`, 'critical', 'SERVFAIL'],
  ] as const)(
    'unbound: signatures that are %s',
    async (_what, anchorOf, status, observed) => {
      const key = dig(port, '+short', 'shop.test', 'DNSKEY').trim().split('\n')[0] ?? '';
      const [flags, protocol, algorithm, ...rest] = key.split(' ');
      const anchor = `shop.test. DNSKEY ${flags} ${protocol} ${algorithm} ${anchorOf(rest.join(''))}`;
      const own = await freePort();
      const config = `server:
  interface: 127.0.0.1
  port: ${own}
  username: ""
  chroot: ""
  directory: "FOLDER"
  pidfile: "FOLDER/pid"
  use-syslog: no
  do-not-query-localhost: no
  local-zone: "test." nodefault
  trust-anchor: "${anchor}"
stub-zone:
  name: shop.test
  stub-addr: 127.0.0.1@${port}
`;
      const isUp = () =>
        spawnSync(DIG, ['@127.0.0.1', '-p', String(own), '+tries=1', '+time=1', 'shop.test', 'SOA'])
          .status === 0;
      await using _ = await runProgram(
        ['unbound', '-d', '-c', 'FOLDER/unbound.conf'],
        { 'unbound.conf': config },
        isUp,
      );
      const report = await look('api.shop.test', {
        resolvers: [`127.0.0.1:${own}`],
        only: ['dns.dnssec'],
        timeoutMs: 10_000,
      });
      expect(report.findings[0]).toMatchObject({ status, observed: expect.stringContaining(observed) });
    },
    30_000,
  );
});
