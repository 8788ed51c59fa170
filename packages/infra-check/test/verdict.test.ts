import { describe, expect, test } from 'vitest';
import type { CheckName } from '../src/core/checks.ts';
import type { Status } from '../src/core/status.ts';
import { render } from '../src/index.ts';
import { renderAll } from '../src/render/index.ts';
import { madeUpReport } from './serve/support/reports.ts';

type Bad = Partial<Record<CheckName, Status>>;

const RISK: Bad = { 'certificate.expiry': 'critical' };
const BOTH: Bad = { ...RISK, 'gateway.mapping': 'critical' };

/** State and sentence of the first line. */
const firstLine = (bad: Bad, verdict?: 'both' | 'path' | 'risk') =>
  render(madeUpReport({ bad }), 'nagios', verdict && { verdict }).split(' | ')[0] ?? '';

describe('nagios by one of the two verdicts:', () => {
  test('an outage behind a critical risk changes the state of the path, and leaves that of the risk', () => {
    expect(firstLine({}, 'path')).toMatch(/^PATH OK - The path to \S+ is open/);
    expect(firstLine(RISK, 'path')).toMatch(/^PATH OK - The path to \S+ is open/);
    expect(firstLine(BOTH, 'path')).toMatch(
      /^PATH CRITICAL - The path to \S+ is broken at gateway\.mapping: /,
    );
    for (const bad of [RISK, BOTH])
      expect(firstLine(bad, 'risk')).toMatch(
        /^RISK CRITICAL - The path to \S+ has a critical risk at certificate\.expiry: certificate\.expiry is critical\.$/,
      );
  });

  test('both is the worst, in the words of the path', () => {
    for (const bad of [{}, RISK, BOTH]) expect(firstLine(bad, 'both')).toBe(firstLine(bad));
    expect(firstLine(RISK)).toMatch(/^PATH CRITICAL - /);
  });

  test('an outage alone is no risk, and the sentence says what was looked at and where the path ends', () => {
    expect(firstLine({ 'gateway.mapping': 'critical' }, 'risk')).toMatch(
      /^RISK OK - No risk for the path to \S+ was found as far as it was checked \(dns, certificate, gateway\); see gateway\.mapping\.$/,
    );
    expect(firstLine({}, 'risk')).toMatch(/^RISK OK - No risk for the path .* gateway\)\.$/);
  });

  test('a warning and all critical risks are told', () => {
    expect(firstLine({ 'certificate.expiry': 'warning' }, 'risk')).toMatch(
      /^RISK WARNING - The path to \S+ has a risk at certificate\.expiry: /,
    );
    expect(firstLine({ ...BOTH, 'dns.caa': 'critical' }, 'risk')).toMatch(
      /^RISK CRITICAL - .* has a critical risk at dns\.caa: .* Also critical: certificate\.expiry\.$/,
    );
  });

  test('of several targets the counts, the worst and each line follow it too', () => {
    const reports = [
      { ...madeUpReport({ bad: RISK }), target: 'a.test' },
      { ...madeUpReport({ bad: { 'gateway.mapping': 'critical' } }), target: 'b.test' },
    ];
    expect(renderAll(reports, 'nagios', { verdict: 'path' })).toMatch(
      /^PATH CRITICAL - 2 paths: 1 critical, 1 ok\. The path to b\.test is broken at gateway\.mapping.*\| paths=2;;;0 critical=1;;;0 /,
    );
    const risks = renderAll(reports, 'nagios', { verdict: 'risk' });
    expect(risks).toMatch(
      /^RISK CRITICAL - 2 paths: 1 critical, 1 ok\. The path to a\.test has a critical risk at /,
    );
    expect(risks).toMatch(/^OK b\.test: No risk for the path to b\.test /m);
  });
});
