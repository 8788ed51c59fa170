import { expect, test } from 'vitest';
import { clockOffsetMs } from '../src/core/clock.ts';
import { checkInfra, type Expectations } from '../src/index.ts';
import { findingOf } from './support/find.ts';
import { daysFromNow, makePki, type Pki } from './support/pki.ts';
import { fullChain, gateway, type Handler, startTls, type TlsServer } from './support/tls-world.ts';

const DAY = 86_400_000;

/** A gateway whose clock is so many days before that of this machine, as it is where the latter is behind. */
const at =
  (days: number, extra: Record<string, string> = {}): Handler =>
  (request, response) => {
    response.setHeader('date', new Date(Date.now() + days * DAY).toUTCString());
    for (const [name, value] of Object.entries(extra)) response.setHeader(name, value);
    gateway(request, response);
  };

interface Look {
  pki: Pki;
  handler: Handler;
  expectations?: Expectations;
  look?: (server: TlsServer) => void;
}

async function checked({ pki, handler, expectations = {}, look }: Look) {
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, handler);
  const options = { connect: server.at, ca: pki.root.cert, skip: ['dns'], ...expectations };
  const report = await checkInfra('api.shop.test', options);
  look?.(server);
  return report;
}

const validFor = (from: number, to: number) => {
  const old = { notBefore: daysFromNow(-400) };
  return makePki({ notBefore: daysFromNow(from), notAfter: daysFromNow(to) }, old, old);
};

test('a clock that is ahead is named, and no certificate is called expired for it', async () => {
  const report = await checked({ pki: validFor(-150, -50), handler: at(-100) });
  const finding = findingOf(report, 'certificate.expiry');
  expect(finding).toMatchObject({
    status: 'unknown',
    summary: expect.stringMatching(
      /^The clock of this machine is 100 days ahead of the gateway's; by it: The certificate has expired on /,
    ),
    fix: 'Set the clock of this machine (NTP), then check again.',
  });
  expect(findingOf(report, 'certificate.trust').status).toBe('unknown');
  expect(report.path_status).toBe('unknown');
  expect(report.findings.filter(({ status }) => status === 'critical')).toEqual([]);
});

test('a clock that is behind is named, and no certificate is called not yet valid for it', async () => {
  const report = await checked({ pki: validFor(50, 250), handler: at(100) });
  expect(findingOf(report, 'certificate.not-before')).toMatchObject({
    status: 'unknown',
    summary: expect.stringContaining("The clock of this machine is 100 days behind the gateway's; by it: "),
  });
  expect(report.path_status).toBe('unknown');
});

test('a certificate that has expired by the right time is said to have, though this clock has not come so far', async () => {
  const report = await checked({ pki: validFor(-50, 50), handler: at(100) });
  expect(findingOf(report, 'certificate.expiry')).toMatchObject({
    status: 'critical',
    affects: 'delivery',
    summary: expect.stringMatching(
      /^By the gateway's clock: The certificate has expired on .* That of this machine is 100 days behind it\.$/,
    ),
  });
  expect(report.path_status).toBe('critical');
});

test('a warning that only this clock gives is unknown', async () => {
  const report = await checked({ pki: validFor(-180, 18), handler: at(-60) });
  expect(findingOf(report, 'certificate.expiry')).toMatchObject({
    status: 'unknown',
    summary: expect.stringContaining("ahead of the gateway's; by it: The certificate ends in "),
  });
});

test('a certificate that has expired by both clocks is what it is, whatever the clocks', async () => {
  const report = await checked({ pki: validFor(-150, -50), handler: at(-1) });
  expect(findingOf(report, 'certificate.expiry')).toMatchObject({
    status: 'critical',
    summary: expect.stringMatching(/^The certificate has expired on /),
  });
  expect(findingOf(report, 'certificate.trust').status).toBe('critical');
});

test('clocks that agree change nothing, nor does an answer that a cache has kept', async () => {
  const pki = makePki();
  for (const handler of [gateway, at(-2, { age: String(2 * 86_400) })])
    expect((await checked({ pki, handler })).status).toBe('ok');
});

test('over a certificate that is refused for its dates nothing but the time is asked, and over others nothing', async () => {
  const requests: string[] = [];
  const look = (server: TlsServer) =>
    requests.push(
      ...server.requests.map(
        ({ method, path, body, headers }) => `${method} ${path} ${body}${headers.authorization ?? ''}`,
      ),
    );
  await checked({ pki: validFor(-150, -50), handler: gateway, expectations: { postProbe: true }, look });
  expect(requests).toEqual(['HEAD / ']);
  const stranger = makePki();
  await checked({ pki: stranger, handler: gateway, expectations: { ca: makePki().root.cert }, look });
  expect(requests).toEqual(['HEAD / ']);
});

test('one answer that confirms this clock is enough', () => {
  const get = (date: Date) => ({ get: { headers: { date: date.toUTCString() } } });
  const now = Date.now();
  const gateways = [get(new Date(now)), get(new Date(now + DAY))] as never;
  expect(clockOffsetMs({ gateways }, { startedAt: now, durationMs: 10 })).toBe(null);
  expect(clockOffsetMs({}, { startedAt: now, durationMs: 10 })).toBe(null);
});
