import { describe, expect, test } from 'vitest';
import type { CheckName } from '../src/core/checks.ts';
import { type Finding, finding } from '../src/core/finding.ts';
import { withProxyNamed } from '../src/core/judge-proxy.ts';
import type { Status } from '../src/core/status.ts';

const found = (check: CheckName, status: Status): Finding =>
  finding(check, status, 'It is so.', { fix: 'Change it.' });

/** What becomes of one finding beside that of the look-up. */
const named = (check: CheckName, status: Status, resolve: Status): Finding =>
  withProxyNamed([found('dns.resolve', resolve), found(check, status)])[1] as Finding;

describe('behind a proxy, where this host resolves the name,', () => {
  test.each(['dns.validation', 'dns.caa', 'dns.dnssec', 'dns.delegation', 'dns.serial'] as const)(
    'what is published for everybody keeps its severity: %s',
    (check) => {
      for (const status of ['critical', 'unknown', 'warning'] as const) {
        expect(named(check, status, 'ok')).toMatchObject({ status, fix: 'Change it.' });
        expect(named(check, status, 'warning').status).toBe(status);
      }
    },
  );

  test.each([
    'dns.alias',
    'dns.addresses',
    'dns.expected-ip',
    'dns.chain',
    'dns.stage-url',
    'dns.authoritative',
  ] as const)('what it alone may see is a warning at most: %s', (check) => {
    for (const status of ['critical', 'unknown', 'warning'] as const) {
      const { status: now, summary, fix } = named(check, status, 'ok');
      expect({ now, fix }).toEqual({ now: 'warning', fix: 'Change it.' });
      expect(summary).toMatch(/^As this host sees it, and the proxy, .*: It is so\.$/);
    }
  });
});

test.each(['critical', 'unknown'] as const)(
  'where it does not (%s), nothing is more than a warning, and DNS may be left out',
  (resolve) => {
    for (const check of ['dns.validation', 'dns.alias'] as const) {
      const { status, fix } = named(check, 'critical', resolve);
      expect(status).toBe('warning');
      expect(fix).toBe(
        'Leave DNS out here (--skip dns) if this host is not to resolve the name; else: Change it.',
      );
    }
  },
);

test('broken signatures are a critical risk, though nothing resolves the name then', () => {
  expect(named('dns.dnssec', 'critical', 'critical').status).toBe('critical');
});

test('what is in order or was not looked at stays so, and the look-up says whose it is', () => {
  expect(named('dns.alias', 'ok', 'ok')).toEqual(found('dns.alias', 'ok'));
  expect(named('dns.alias', 'skipped', 'critical')).toEqual(found('dns.alias', 'skipped'));
  const [resolve] = withProxyNamed([found('dns.resolve', 'ok')]);
  expect(resolve?.summary).toBe('It is so. So this host sees it; for tills the proxy looks it up.');
});
