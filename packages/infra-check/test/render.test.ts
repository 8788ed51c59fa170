import { execFileSync, spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { checkInfra, type Report, render } from '../src/index.ts';
import { daysFromNow, makePki } from './support/pki.ts';
import { fullChain, startTls } from './support/tls-world.ts';

const NAME = 'api.shop.test';
const PROMTOOL = 'promtool';
let open: Report;
let broken: Report;

async function look(pki = makePki()): Promise<Report> {
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  return await checkInfra(NAME, { connect: server.at, ca: pki.root.cert, skip: ['dns'] });
}

beforeAll(async () => {
  open = await look();
  broken = await look(makePki({ notBefore: daysFromNow(-199), notAfter: daysFromNow(-1) }));
});

const metrics = (report: Report): Map<string, number> =>
  new Map(
    render(report, 'prometheus')
      .split('\n')
      .flatMap((line) => {
        const [, name, value] = /^([^#{ ]+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
        return name ? [[name, Number(value)] as const] : [];
      }),
  );

describe('prometheus', () => {
  test('the metrics of a broken road are there, with real values', () => {
    const seen = metrics(broken);
    expect(seen.get('probe_success')).toBe(0);
    const notAfter = Date.parse(broken.certificates[0]?.leaf_not_after ?? '') / 1000;
    expect(seen.get('infra_check_certificate_not_after_timestamp_seconds')).toBe(notAfter);
    expect(seen.get('probe_ssl_earliest_cert_expiry')).toBe(notAfter);
    expect(seen.get('infra_check_certificate_verified_not_after_timestamp_seconds')).toBe(notAfter);
    expect(seen.get('infra_check_certificate_remaining_ratio')).toBeLessThan(0);
    expect(seen.get('probe_duration_seconds')).toBeGreaterThan(0);
    expect(seen.get('infra_check_last_run_timestamp_seconds')).toBe(Date.parse(broken.started_at) / 1000);
    expect(render(broken, 'prometheus')).toContain(
      `infra_check_build_info{version="${manifest.version}",node="${process.versions.node}"} 1\n`,
    );
  });

  test('what is not in order is there with sentence, fix, and whether it affects delivery; what is in order is not', () => {
    const lines = render(broken, 'prometheus').split('\n');
    const infos = lines.filter((line) => line.startsWith('infra_check_finding_info{'));
    const expiry = broken.findings.find(({ check }) => check === 'certificate.expiry');
    expect(infos.find((line) => line.includes('check="certificate.expiry"'))).toBe(
      `infra_check_finding_info{stage="certificate",check="certificate.expiry",status="critical",affects="delivery",summary="${expiry?.summary}",fix="${expiry?.fix}"} 1`,
    );
    expect(infos).toHaveLength(broken.findings.filter(({ affects }) => affects !== null).length);
  });

  test('from when a certificate is a warning and critical is a metric, so that an alert needs no limit of its own', () => {
    const seen = render(open, 'prometheus');
    const [dates] = open.certificates;
    for (const severity of ['warning', 'critical'] as const) {
      for (const certificate of ['leaf', 'chain'] as const) {
        const at = Date.parse(dates?.[`${certificate}_${severity}_from`] ?? '') / 1000;
        expect(seen).toContain(
          `\ninfra_check_certificate_${severity}_timestamp_seconds{address="127.0.0.1",certificate="${certificate}"} ${at}\n`,
        );
      }
    }
  });

  test('an open road is a success', () => {
    expect(metrics(open).get('probe_success')).toBe(1);
    expect(metrics(open).get('probe_http_status_code')).toBe(403);
  });

  const isThere = spawnSync(PROMTOOL, ['--version']).status === 0;
  // Debian: apt-get install prometheus. Without it this one is left out.
  test.runIf(isThere)('promtool finds nothing to say', () => {
    for (const report of [open, broken]) {
      const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], {
        input: render(report, 'prometheus'),
        encoding: 'utf8',
      });
      expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
    }
  });
});

test('nagios: the days in perfdata and in the sentence are rounded alike, down', async () => {
  const report = await look(makePki({ notBefore: daysFromNow(-189), notAfter: daysFromNow(9) }));
  const text = render(report, 'nagios');
  expect(text).toContain('ends in 8 days');
  expect(text).toContain(' certificate_days=8.99;39.60:;19.80: ');
});

test('nagios: one line with state, sentence and perfdata that parse', () => {
  const [line = '', ...long] = render(broken, 'nagios').trimEnd().split('\n');
  expect(line).toMatch(/^PATH CRITICAL - .*certificate\.expiry.* \| /);
  const perfdata = line.split(' | ')[1] ?? '';
  for (const datum of perfdata.split(' '))
    expect(datum).toMatch(/^[a-z_]+=-?\d+(\.\d+)?s?(;;;0|;\d+(\.\d+)?:;\d+(\.\d+)?:)?$/);
  expect(perfdata).toMatch(/ certificate_days=-1\.0\d;39\.60:;19\.80: /);
  expect(long.every((one) => /^(risk: )?(critical|warning|unknown) [a-z.-]+: /.test(one))).toBe(true);
  expect(render(open, 'nagios')).toMatch(
    /^PATH OK - The path to api\.shop\.test is open as far as a GET shows \(POST \/shop not tried\)\. \| time=/,
  );
});

test('json: the fields of the interface, and nothing that JSON cannot hold', () => {
  const parsed = JSON.parse(render(broken, 'json')) as Report;
  expect(parsed).toEqual(broken);
  expect(Object.keys(parsed).slice(0, 9)).toEqual([
    'target',
    'status',
    'path_status',
    'risk_status',
    'first_broken',
    'first_risk',
    'started_at',
    'duration_ms',
    'findings',
  ]);
  expect(Object.keys(parsed.findings[0] ?? {})).toEqual([
    'check',
    'stage',
    'status',
    'affects',
    'summary',
    'observed',
    'expected',
    'fix',
  ]);
});

test('junit: well-formed by an independent parser, with failures where the road is broken', () => {
  const script = `
import sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.read())
print(root.tag, root.get('failures'), len(root.findall('.//testcase')), len(root.findall('.//failure')))`;
  const parsed = execFileSync('python3', ['-c', script], {
    input: render(broken, 'junit'),
    encoding: 'utf8',
  }).trim();
  const failures = broken.findings.filter(({ status }) => status === 'critical').length;
  expect(parsed).toBe(`testsuites ${failures} ${broken.findings.length} ${failures}`);
});

test('html: one page without script or request, with the road and its broken link', () => {
  const page = render(broken, 'html');
  expect(page).not.toMatch(/<script|https?:\/\/(?!api\.shop)|@import|url\(/);
  expect(page).toContain('class="cross critical"');
  expect(page).toContain('certificate.expiry');
  expect(render(open, 'html')).not.toContain('class="cross');
});

test('text: the road, the broken link, and what to do', () => {
  const text = render(broken, 'text');
  expect(text).toContain('is broken at certificate.expiry: The certificate has expired');
  expect(text).toContain('──X── certificate CRITICAL');
  expect(text).toContain('fix      Renew it where it was issued');
  expect(text).not.toContain('certificate.same');
  expect(render(broken, 'text', { verbose: true })).toContain('certificate.same');
});
