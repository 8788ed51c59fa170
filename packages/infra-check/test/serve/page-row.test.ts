import { describe, expect, test } from 'vitest';
import { CHECKS, type CheckName } from '../../src/core/checks.ts';
import { markup } from '../../src/render/markup.ts';
import { knownAfter, NOTHING_KNOWN } from '../../src/serve/row.ts';
import { madeUpReport } from './support/reports.ts';
import { type Bad, DAY, NOW, page, row, rowText } from './support/rows.ts';

describe('the row of a target on the page', () => {
  test('a row has every critical check with its fix, those that stop tills before the risks', () => {
    const bad: Bad = {
      'dns.caa': 'critical',
      'certificate.expiry': 'critical',
      'gateway.mapping': 'critical',
      'control-plane.key-state': 'critical',
      'dns.ttl': 'warning',
    };
    const text = rowText(page([row('a.test', bad)]), 'a.test');
    const places = [
      'gateway.mapping stops tills now',
      'control-plane.key-state stops tills now',
      'dns.caa endangers delivery later',
      'certificate.expiry endangers delivery later',
      'Also: dns.ttl risk, warning',
    ].map((words) => text.indexOf(words));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const check of Object.keys(bad) as CheckName[])
      if (check !== 'dns.ttl') expect(text).toContain(markup(CHECKS[check].remedy));
  });

  test('an outage is since its own cause, and says when tills could deliver last', () => {
    const [first, second] = [
      { 'certificate.expiry': 'critical' },
      { 'certificate.expiry': 'critical', 'gateway.mapping': 'critical' },
    ] as const;
    const at = (bad: Bad, minutes: number) => ({
      ...madeUpReport({ bad, notAfter: null }),
      started_at: new Date(NOW - minutes * 60_000).toISOString(),
    });
    let known = knownAfter(NOTHING_KNOWN, at(first, 600), 20);
    for (const [bad, minutes] of [
      [first, 30],
      [second, 20],
      [second, 10],
    ] as const)
      known = knownAfter(known, at(bad, minutes), 20);
    const text = rowText(page([row('a.test', {}, known)]), 'a.test');
    expect(text).toContain('gateway.mapping stops tills now for 20 min ');
    expect(text).toContain('certificate.expiry endangers delivery later for 10 h ');
    expect(text).toMatch(/ 20 min 30 min ago /);
  });

  test('what was broken and is hidden by an outage is not forgotten', () => {
    const before = row('a.test', { 'gateway.mapping': 'critical' });
    const after = {
      ...madeUpReport({ bad: { 'dns.resolve': 'critical', 'gateway.mapping': 'skipped' } }),
      started_at: new Date(NOW).toISOString(),
    };
    const text = rowText(page([{ ...before, ...knownAfter(before, after, 20) }]), 'a.test');
    expect(text).toContain('Not looked at since: gateway.mapping critical');
  });

  test('a result that is long overdue is marked', () => {
    const history = row('a.test').history.map((one) => ({ ...one, at: NOW - 600_000 }));
    expect(page([row('a.test', {}, { history })])).toContain('overdue');
    expect(page([row('a.test')])).not.toContain('class="overdue"');
  });

  test('note and runbook are shown, and the note is never markup', () => {
    const text = page([
      row(
        'a.test',
        {},
        { about: { note: '<b>Call</b> Anna', runbook: 'https://wiki.example.org/?a=1&b=2' } },
      ),
    ]);
    expect(text).toContain('<small class="note">&lt;b&gt;Call&lt;/b&gt; Anna</small>');
    expect(text).toContain(
      '<a class="runbook" href="https://wiki.example.org/?a=1&amp;b=2" rel="noreferrer">Runbook</a>',
    );
  });

  test.each([
    [99.5, '99 days left'],
    [1, '1 day left'],
    [0.9, '0 days left'],
    [-0.1, 'expired'],
  ])('a certificate that ends in %d days: %s', (days, text) => {
    expect(page([row('a.test', {}, { certificateEnd: NOW + days * DAY })])).toContain(`>${text}</span>`);
  });
});
