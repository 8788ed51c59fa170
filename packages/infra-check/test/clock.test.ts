import { expect, test } from 'vitest';
import { clockOffsetMs, dateOf } from '../src/core/clock.ts';
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
      /^The clock of this machine is 100 days ahead of the gateway's, and either may be off; by this machine's: The certificate has expired on /,
    ),
    fix: expect.stringMatching(
      /^Find out which clock is off, .*NTP.* another host\. If it is this machine's, set it and check again\. If not: Renew it /,
    ),
  });
  expect(findingOf(report, 'certificate.trust').status).toBe('unknown');
  expect(report.path_status).toBe('unknown');
  expect(report.findings.filter(({ status }) => status === 'critical')).toEqual([]);
});

test('a clock that is behind is named, and no certificate is called not yet valid for it', async () => {
  const report = await checked({ pki: validFor(50, 250), handler: at(100) });
  expect(findingOf(report, 'certificate.not-before')).toMatchObject({
    status: 'unknown',
    summary: expect.stringContaining(
      "The clock of this machine is 100 days behind the gateway's, and either may be off; ",
    ),
  });
  expect(report.path_status).toBe('unknown');
});

test('where Node accepts the handshake, the Date of an answer breaks no path: what only that finds is an unknown risk', async () => {
  for (const [days, check, says] of [
    [100, 'certificate.expiry', 'The certificate has expired on '],
    [-100, 'certificate.not-before', 'The certificate'],
  ] as const) {
    const report = await checked({ pki: validFor(-50, 50), handler: at(days) });
    const side = days > 0 ? 'behind' : 'ahead of';
    const { status, affects, summary, fix } = findingOf(report, check);
    expect({ status, affects }).toEqual({ status: 'unknown', affects: 'risk' });
    expect(summary).toContain(`By the gateway's clock: ${says}`);
    expect(summary).toContain(`That of this machine is 100 days ${side} it, and either may be off.`);
    expect(fix).toMatch(/NTP.* another host/);
    expect(report).toMatchObject({ path_status: 'ok', risk_status: 'unknown', first_broken: null });
  }
});

test.each(['999999999', '-100', '1e9', 'Infinity', '0x1', '1, 2', 'old', String(8 * 86_400)])(
  'a right Date with an Age that no cache has (%s) says nothing of the clock',
  async (age) => {
    const report = await checked({ pki: makePki(), handler: at(0, { age }) });
    expect(report.status).toBe('ok');
    const date = new Date(Date.now() - 3 * DAY).toUTCString();
    expect(dateOf({ headers: { date, age } } as never)).toEqual([]);
  },
);

test('what is no date of HTTP is no time', () => {
  for (const date of ['1', '2020-01-01', 'garbage', ''])
    expect(dateOf({ headers: { date } } as never)).toEqual([]);
});

test("a certificate that is expired by this clock and not yet valid by the gateway's stays broken: Node refuses it", async () => {
  const report = await checked({ pki: validFor(-50, -10), handler: at(-100) });
  expect(findingOf(report, 'certificate.not-before')).toMatchObject({
    status: 'critical',
    affects: 'delivery',
  });
  expect(report.path_status).toBe('critical');
});

test('a warning that only this clock gives is unknown', async () => {
  const report = await checked({ pki: validFor(-180, 18), handler: at(-60) });
  expect(findingOf(report, 'certificate.expiry')).toMatchObject({
    status: 'unknown',
    summary: expect.stringContaining(
      "ahead of the gateway's, and either may be off; by this machine's: The certificate ends in ",
    ),
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
