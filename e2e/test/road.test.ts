import { CHECK_NAMES, checkInfra, type Expectations, type Report } from '@amis-shop/infra-check';
import { BREAKS, type Break, startSandbox } from '@amis-shop/sandbox';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { findingsBefore, printedExpectations, type RoadSandbox, toldOf } from './road-support.ts';
import { BEHIND, ROWS, type Row } from './road-table.ts';

const FAULTS = Object.values(BREAKS).flatMap((link) => Object.keys(link) as Break[]);

let sandbox: RoadSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ dns: true });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.break([]));
afterEach(() => void vi.unstubAllEnvs());

const walk = (more: Expectations = {}): Promise<Report> =>
  checkInfra(sandbox.url, { ...printedExpectations(sandbox), ...more });

/** Unsound before the check that names the fault. */
const brokenBefore = (report: Report, check: string | null): string[] =>
  findingsBefore(report, check)
    .filter(({ status }) => status !== 'ok' && status !== 'skipped')
    .map(toldOf);

function expectNamed(report: Report, { at, status, says, stops }: Row): void {
  expect(brokenBefore(report, at)).toEqual([]);
  const named = report.findings.find(({ check }) => check === at);
  expect(named).toMatchObject({ status, summary: expect.stringMatching(says) });
  if (status !== 'ok') expect(named?.fix).toMatch(/\w{3}/);
  const isBroken = status === 'critical' || status === 'unknown';
  const broken = stops === undefined && isBroken ? at : (stops ?? null);
  expect(report).toMatchObject({ status, first_broken: broken });
  if (broken !== at && isBroken) expect(report).toMatchObject({ risk_status: status, first_risk: at });
}

test('every fault that the sandbox can have is in the table', () => {
  expect(Object.keys(ROWS).sort()).toEqual([...FAULTS].sort());
});

test('the sound road is ok, and what was left out has its reason', async () => {
  const report = await walk();
  expect(report).toMatchObject({ status: 'ok', first_broken: null });
  const skipped = report.findings.filter(({ status }) => status === 'skipped');
  expect(Object.fromEntries(skipped.map(({ check, summary }) => [check, summary]))).toEqual({
    'dns.resolvers': expect.stringContaining('no two resolvers'),
    'dns.expected-ip': expect.stringContaining('--expect-ip'),
    'certificate.ocsp': expect.stringContaining('No OCSP answer was stapled'),
    'certificate.key-types': expect.stringContaining('--key-types'),
    'gateway.auth': expect.stringContaining('--expect-auth'),
    'gateway.options': expect.stringContaining('--options'),
  });
  const wanted = CHECK_NAMES.filter((name) => !name.startsWith('control-plane.'));
  expect(report.findings.map(({ check }) => check)).toEqual(wanted);
});

describe('the first broken link is named', () => {
  const seen = Object.entries(ROWS).filter(([, { at }]) => at !== null) as [Break, Row][];

  test.each(seen)('%s', async (fault, row) => {
    await sandbox.break([fault]);
    expectNamed(await walk(row.with), row);
  });
});

describe('what no answer shows from outside, and credentials do', () => {
  const unseen = Object.entries(BEHIND) as [keyof typeof BEHIND, Row][];

  test.each(unseen)('%s', async (fault, row) => {
    vi.stubEnv('AWS_ENDPOINT_URL', sandbox.kmsEndpoint);
    await sandbox.break([fault]);
    expect(ROWS[fault]).toMatchObject({ at: null, status: 'ok' });
    expect(await walk()).toMatchObject({ status: 'ok', first_broken: null });
    const keys = ['control-plane.key-alias', 'control-plane.key-state', 'control-plane.key-usage'];
    expectNamed(await walk({ aws: true, shops: ['AMIS1'], only: keys }), row);
  });

  test('sound keys are ok', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', sandbox.kmsEndpoint);
    const report = await walk({ aws: true, shops: ['AMIS1'], only: ['control-plane.key-state'] });
    expect(report).toMatchObject({ status: 'ok', first_broken: null });
  });
});

test.each<Break>(['gateway-wrong-path', 'gateway-wrong-stage', 'gateway-http-api', 'gateway-custom-404'])(
  '%s is not called broken, nor proven sound, by who only asks with GET',
  async (fault) => {
    await sandbox.break([fault]);
    const report = await walk({ postProbe: false });
    expect(report).toMatchObject({ status: 'ok', first_broken: null });
    expect(report.findings.find(({ check }) => check === 'gateway.resource')).toMatchObject({
      status: 'skipped',
      fix: expect.stringContaining('--post-probe'),
    });
  },
);

test('answers that are cut over UDP are read over TCP', async () => {
  await sandbox.break(['dns-truncated']);
  const { observations } = await walk();
  expect(observations.dns?.resolvers[0]?.a).toMatchObject({ via: 'tcp', outcome: 'answer' });
});

test('what stops tills is named in the order of the path, and no risk before it hides it', async () => {
  const faults: Break[] = ['validation-missing', 'certificate-expired', 'gateway-unmapped'];
  await sandbox.break(faults);
  expect(await walk()).toMatchObject({ first_broken: 'certificate.expiry', first_risk: 'dns.validation' });
  await sandbox.break(['dns-lame', 'certificate-soon', 'gateway-unmapped']);
  expect(await walk()).toMatchObject({ first_broken: 'gateway.mapping', first_risk: 'certificate.expiry' });
  await sandbox.break(faults.slice(2));
  expect((await walk()).first_broken).toBe('gateway.mapping');
  await sandbox.break([]);
  expect((await walk()).status).toBe('ok');
});
