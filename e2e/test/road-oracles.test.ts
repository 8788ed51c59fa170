import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkInfra, type Report, render } from '@amis-shop/infra-check';
import { type Break, startSandbox } from '@amis-shop/sandbox';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Ended, lack, runToEnd, type Started, startProgram } from './programs.ts';
import { printedExpectations, type RoadSandbox } from './road-support.ts';

const NAME = 'api.shop.test';
/** What `--post-probe` posts, and the status of the shop's answer to it. */
const PROBE = '{"infra_check":"probe"}';
const PROBED = 400;

const folder = mkdtempSync(join(tmpdir(), 'amis-e2e-'));
let sandbox: RoadSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ dns: true });
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => sandbox.break([]));

const walk = (): Promise<Report> =>
  checkInfra(sandbox.url, { ...printedExpectations(sandbox), timeoutMs: 4_000 });

const gatewayPort = (): string => new URL(sandbox.url).port;

/** Where the fault of a name lies on the road; a certificate is looked at before the gateway is. */
const stageOf = (fault: string): RegExp =>
  /^(certificate|tls)-/.test(fault)
    ? /^certificate\./
    : fault.startsWith('dns-')
      ? /^dns\./
      : /^(gateway\.|null$)/;

/** Whoever else sees the fault: this one must, and on the same stage. */
function expectSeen(report: Report, fault: Break): void {
  expect(report.status).not.toBe('ok');
  const seen = report.findings.filter(({ affects }) => affects !== null).map(({ check }) => check);
  expect(seen).toEqual(expect.arrayContaining([expect.stringMatching(stageOf(fault))]));
}

/** The sample of a metric without labels. */
const metric = (text: string, name: string): number | undefined => {
  const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? [];
  return value === undefined ? undefined : Number(value);
};

const EXPIRY = 'probe_ssl_earliest_cert_expiry';

const BLACKBOX = 'prometheus-blackbox-exporter';
const noBlackbox = lack(BLACKBOX, BLACKBOX);

describe.skipIf(noBlackbox)(`what blackbox_exporter sees, infra-check sees too${noBlackbox}`, () => {
  let exporter: Started;
  let url: string;

  beforeAll(async () => {
    const config = join(folder, 'blackbox.yml');
    writeFileSync(config, blackboxConfig());
    const command = [BLACKBOX, `--config.file=${config}`, '--web.listen-address=127.0.0.1:0'] as const;
    exporter = await startProgram(command, /Listening on/, 'stderr');
    url = `http://${/address=(\S+)/.exec(exporter.printed)?.[1]}/probe`;
  });
  afterAll(() => exporter.stop());

  /** JSON is YAML. */
  const blackboxConfig = (): string =>
    JSON.stringify({
      modules: {
        name: {
          prober: 'dns',
          timeout: '1s',
          dns: {
            query_name: NAME,
            query_type: 'A',
            validate_answer_rrs: {
              fail_if_none_matches_regexp: ['\\sA\\s127\\.0\\.0\\.[123]$'],
              fail_if_matches_regexp: ['\\sA\\s127\\.0\\.0\\.66$'],
            },
          },
        },
        shop: {
          prober: 'http',
          timeout: '2s',
          http: {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: PROBE,
            valid_status_codes: [PROBED],
            follow_redirects: false,
            tls_config: { ca_file: sandbox.caFile },
          },
        },
      },
    });

  const probe = async (query: Record<string, string>): Promise<string> =>
    (await fetch(`${url}?${new URLSearchParams(query)}`)).text();
  const probeName = () => probe({ module: 'name', target: `127.0.0.1:${sandbox.dns.port}` });
  const probeShop = () =>
    probe({ module: 'shop', hostname: NAME, target: `https://127.0.0.1:${gatewayPort()}/shop` });

  test('the sound road, its status and the end of its certificates', async () => {
    const [name, shop, report] = await Promise.all([probeName(), probeShop(), walk()]);
    expect([metric(name, 'probe_success'), metric(shop, 'probe_success')]).toEqual([1, 1]);
    expect(report.status).toBe('ok');
    expect(metric(shop, 'probe_http_status_code')).toBe(report.observations.gateways?.[0]?.post?.status);
    expect(metric(shop, EXPIRY)).toBe(metric(render(report, 'prometheus'), EXPIRY));
  });

  test.each<Break>([
    'dns-nxdomain',
    'dns-servfail',
    'dns-refused',
    'dns-timeout',
    'dns-wrong-address',
    'dns-mixed-address',
    'dns-dangling',
    'dns-cname-loop',
  ])('%s', async (fault) => {
    await sandbox.break([fault]);
    const [name, report] = await Promise.all([probeName(), walk()]);
    expect(metric(name, 'probe_success')).toBe(0);
    expectSeen(report, fault);
  });

  test.each<Break>([
    'certificate-expired',
    'certificate-not-yet-valid',
    'certificate-wrong-name',
    'certificate-self-signed',
    'certificate-incomplete',
    'certificate-weak-signature',
    'certificate-no-server-auth',
    'tls-old',
    'gateway-unmapped',
    'gateway-wrong-path',
    'gateway-http-api',
    'gateway-throttled',
    'gateway-client-certificate',
    'gateway-captive-portal',
    'gateway-custom-404',
    'gateway-silent',
    'gateway-endless-body',
  ])('%s', async (fault) => {
    await sandbox.break([fault]);
    const [shop, report] = await Promise.all([probeShop(), walk()]);
    expect(metric(shop, 'probe_success')).toBe(0);
    expect(report.observations.gateways?.[0]?.post?.status ?? 0).toBe(metric(shop, 'probe_http_status_code'));
    expectSeen(report, fault);
  });

  test('a name in the subject alone stops Go and no till: it is a risk, and the shop answers', async () => {
    await sandbox.break(['certificate-cn-only']);
    const [shop, report] = await Promise.all([probeShop(), walk()]);
    expect(metric(shop, 'probe_success')).toBe(0);
    expect(report).toMatchObject({
      path_status: 'ok',
      risk_status: 'critical',
      first_risk: 'certificate.name',
    });
    expect(report.observations.gateways?.[0]?.post?.status).toBe(PROBED);
  });

  test('a certificate that ends soon ends at the same second for both', async () => {
    await sandbox.break(['certificate-soon']);
    const [shop, report] = await Promise.all([probeShop(), walk()]);
    expect(metric(shop, EXPIRY)).toBe(metric(render(report, 'prometheus'), EXPIRY));
    expect(report).toMatchObject({ path_status: 'ok', first_risk: 'certificate.expiry' });
  });

  test('the end of an expired certificate is told here', async () => {
    await sandbox.break(['certificate-expired']);
    const seconds = metric(render(await walk(), 'prometheus'), EXPIRY) ?? Number.NaN;
    expect(Date.now() / 1000 - seconds).toBeGreaterThan(86_000);
    expect(Date.now() / 1000 - seconds).toBeLessThan(90_000);
  });
});

const PLUGINS = '/usr/lib/nagios/plugins';
const CHECK_HTTP = join(PLUGINS, 'check_http');
const CHECK_CURL = join(PLUGINS, 'check_curl');
const noHttp = lack(CHECK_HTTP, 'monitoring-plugins-basic');
const noCurl = lack(CHECK_CURL, 'monitoring-plugins-standard libcurl4 liburiparser1');

const plugin = (program: string, ...args: string[]): Promise<Ended> => {
  const where = ['-I', '127.0.0.1', '-H', NAME, '-p', gatewayPort(), '-S', '--sni', '-t', '3'];
  return runToEnd(program, [...where, ...args]);
};

describe.skipIf(noCurl)(`what check_curl sees, infra-check sees too${noCurl}`, () => {
  const check = () => {
    const post = ['-u', '/shop', '-T', 'application/json', '-P', PROBE, '-e', String(PROBED)];
    return plugin(CHECK_CURL, ...post, '-D', '--ca-cert', sandbox.caFile);
  };

  test('the sound road', async () => {
    const [theirs, report] = await Promise.all([check(), walk()]);
    expect(theirs).toMatchObject({ exitCode: 0 });
    expect(report.status).toBe('ok');
  });

  test.each<Break>([
    'certificate-expired',
    'certificate-not-yet-valid',
    'certificate-wrong-name',
    'certificate-self-signed',
    'certificate-incomplete',
    'certificate-weak-key',
    'certificate-weak-signature',
    'certificate-no-server-auth',
    'tls-old',
    'gateway-unmapped',
    'gateway-wrong-stage',
    'gateway-stage-in-path',
    'gateway-throttled',
    'gateway-client-certificate',
    'gateway-captive-portal',
  ])('%s', async (fault) => {
    await sandbox.break([fault]);
    const [theirs, report] = await Promise.all([check(), walk()]);
    expect(theirs).toMatchObject({ exitCode: 2 });
    expectSeen(report, fault);
  });
});

describe.skipIf(noHttp)(`what check_http -C sees, infra-check sees too${noHttp}`, () => {
  const check = () => plugin(CHECK_HTTP, '-C', '40,20');

  test.each<[fault: Break, exitCode: number]>([
    ['certificate-expired', 2],
    ['certificate-soon', 2],
    ['tls-old', 2],
  ])('%s', async (fault, exitCode) => {
    await sandbox.break([fault]);
    const [theirs, report] = await Promise.all([check(), walk()]);
    expect(theirs).toMatchObject({ exitCode });
    expectSeen(report, fault);
  });

  /** It reads the dates and verifies nothing, so its word alone is no proof of a sound certificate. */
  test.each<Break>(['certificate-wrong-name', 'certificate-self-signed', 'certificate-incomplete'])(
    'and more: %s',
    async (fault) => {
      await sandbox.break([fault]);
      const [theirs, report] = await Promise.all([check(), walk()]);
      expect(theirs.stdout).toContain('OK - Certificate');
      expectSeen(report, fault);
    },
  );
});
