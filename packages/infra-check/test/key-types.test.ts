import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkInfra, type Expectations, type Report } from '../src/index.ts';
import { findingOf, troubles } from './support/find.ts';
import { daysFromNow, type Issued, issue, makePki, type Request, rsaKeys } from './support/pki.ts';
import { startTcp, startTls, type TlsServer } from './support/tls-world.ts';

const NAME = 'api.shop.test';
const CHECK = 'certificate.key-types';
const pki = makePki();
const rsa = rsaKeys(2048);
const expired = { notBefore: daysFromNow(-100), notAfter: daysFromNow(-1) };

/** A certificate for the name with an ECDSA key, unless another one is given. */
const certificate = (request: Request = {}): Issued => issue({ names: [NAME], ...request }, pki.intermediate);

/** As a server presents several: for each key type the one that a client can take. */
const presenting = (...all: readonly Issued[]) =>
  ({
    cert: all.map(({ cert }) => cert + pki.intermediate.cert),
    key: all.map(({ key }) => key),
  }) as unknown as Parameters<typeof startTls>[0];

async function checked(all: readonly Issued[], more: Expectations = {}, version?: 'TLSv1.2' | 'TLSv1.3') {
  const versions = version && { minVersion: version, maxVersion: version };
  await using server = await startTls(presenting(...all), undefined, { ...versions });
  return { report: await look(server, more), connections: server.connections };
}

const look = ({ at }: Pick<TlsServer, 'at'>, more: Expectations = {}): Promise<Report> =>
  checkInfra(NAME, { connect: at, ca: pki.root.cert, skip: ['dns'], keyTypes: true, ...more });

describe.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'a certificate of the key type that no till gets, over %s:',
  (version) => {
    /** In TLS 1.3 Node's client prefers ECDSA; in TLS 1.2 its first suite is one for RSA. */
    const [tills, other] = version === 'TLSv1.3' ? [{}, { keys: rsa }] : [{ keys: rsa }, {}];
    const otherName = version === 'TLSv1.3' ? 'RSA' : 'ECDSA';

    test.each<[what: string, request: Request, says: RegExp]>([
      ['has expired', expired, /has expired on/],
      ['is not yet valid', { notBefore: daysFromNow(1), notAfter: daysFromNow(90) }, /not valid before/],
      ['is for another name', { names: ['api.other.test'] }, /not for api\.shop\.test/],
    ])('where it %s, that is a critical risk, and the path is open', async (_what, request, says) => {
      const { report } = await checked(
        [certificate({ ...other, ...request }), certificate(tills)],
        {},
        version,
      );
      expect(report).toMatchObject({ path_status: 'ok', risk_status: 'critical', first_risk: CHECK });
      const found = findingOf(report, CHECK);
      expect(found.summary).toMatch(`The ${otherName} certificate, which tills do not get today: `);
      expect(found.summary).toMatch(says);
      expect(found.fix).toMatch(`Renew the ${otherName} certificate or take it away`);
    });

    test('where the one that tills get has expired, the path is broken', async () => {
      const { report } = await checked(
        [certificate({ ...tills, ...expired }), certificate(other)],
        {},
        version,
      );
      expect(report).toMatchObject({ path_status: 'critical', first_broken: 'certificate.expiry' });
      expect(findingOf(report, CHECK).status).toBe('ok');
    });

    test('where both are good, all is well', async () => {
      const { report } = await checked([certificate(other), certificate(tills)], {}, version);
      expect(troubles(report)).toEqual([]);
      expect(findingOf(report, CHECK).summary).toBe(
        'There are an RSA and an ECDSA certificate, and both are good.',
      );
      expect(report.observations.key_types?.map(({ key_type, outcome }) => [key_type, outcome])).toEqual([
        [otherName.toLowerCase(), 'established'],
      ]);
    });

    test('where there is none, that is said', async () => {
      const { report } = await checked([certificate(tills)], {}, version);
      expect(troubles(report)).toEqual([]);
      expect(findingOf(report, CHECK).summary).toBe(`There is no ${otherName} certificate.`);
    });
  },
);

test('one with a short time left is a warning about the risk', async () => {
  const soon = certificate({ keys: rsa, notBefore: daysFromNow(-85), notAfter: daysFromNow(15) });
  const { report } = await checked([soon, certificate()], {}, 'TLSv1.3');
  expect(report).toMatchObject({ path_status: 'ok', risk_status: 'warning', first_risk: CHECK });
});

test('only who asks for it pays for it: one more connection for each address', async () => {
  const both = [certificate({ keys: rsa }), certificate()];
  const asked = await checked(both);
  expect(asked.connections).toBe(2);
  const silent = await checked(both, { keyTypes: false });
  expect(silent.connections).toBe(1);
  expect(findingOf(silent.report, CHECK)).toMatchObject({
    status: 'skipped',
    summary: expect.stringContaining('--key-types'),
  });
  expect(silent.report.observations).not.toHaveProperty('key_types');
});

describe('what could not be tried', () => {
  let connections = 0;
  let server: Awaited<ReturnType<typeof startTcp>>;
  let real: TlsServer;
  beforeAll(async () => {
    real = await startTls(presenting(certificate()));
    const { connect } = await import('node:net');
    server = await startTcp((socket) => {
      connections += 1;
      if (connections > 1) return;
      const behind = connect(real.port, '127.0.0.1');
      behind.on('error', () => undefined);
      socket.on('close', () => behind.destroy());
      socket.pipe(behind).pipe(socket);
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await real[Symbol.asyncDispose]();
  });

  test('is unknown, and no more than a risk', async () => {
    const report = await look(server, { timeoutMs: 2_000 });
    expect(report).toMatchObject({ path_status: 'ok', risk_status: 'unknown', first_risk: CHECK });
    expect(findingOf(report, CHECK).summary).toMatch(
      /^Whether there is an RSA certificate could not be seen/,
    );
  });
});

test('where no address takes a connection, nothing is asked', async () => {
  const report = await look({ at: '127.0.0.1:9' });
  expect(findingOf(report, CHECK).status).toBe('skipped');
  expect(report.observations).not.toHaveProperty('key_types');
});
