import { describe, expect, test } from 'vitest';
import { CHECKS, type CheckName } from '../../src/core/checks.ts';
import type { Status } from '../../src/core/status.ts';
import { markup } from '../../src/render/markup.ts';
import type { About } from '../../src/serve/about.ts';
import { renderPage } from '../../src/serve/page.ts';
import { filterOf } from '../../src/serve/page-state.ts';
import { daysLeft, roughly, span } from '../../src/serve/page-text.ts';
import { knownAfter, NOTHING_KNOWN, type Row } from '../../src/serve/row.ts';
import { runningExporter } from './support/exporter.ts';
import { get } from './support/get.ts';
import { madeUpReport } from './support/reports.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const DAY = 86_400_000;

type Bad = Partial<Record<CheckName, Status>>;

/** A target whose last report was this one, an age ago; null where it was not checked yet. */
function row(
  given: string,
  bad: Bad | null = {},
  { about, ...more }: Partial<Row> & { about?: About } = {},
): Row {
  const report = {
    ...madeUpReport({ bad: bad ?? {}, notAfter: null }),
    started_at: new Date(NOW - 5_000).toISOString(),
  };
  const known = bad === null ? NOTHING_KNOWN : knownAfter(NOTHING_KNOWN, report, 20);
  const target = {
    given,
    key: `${given}:443`,
    module: 'default',
    intervalMs: 60_000,
    ...(about && { about }),
  };
  return { ...known, isConfigured: true, target, ...more };
}

const page = (rows: readonly Row[], query = '') =>
  renderPage(rows, { now: NOW, filter: filterOf(new URLSearchParams(query)) });

/** The names in the table, from top to bottom. */
const order = (text: string): string[] =>
  [...text.matchAll(/<span class="name">(?:<a [^>]*>)?([^<]+)</g)].map(([, name = '']) => name);

const states = (text: string): string[] =>
  [...text.matchAll(/<tr class="([a-z-]+)"><th scope="row"/g)].map(([, state = '']) => state);

/** Whether the words stand in the row of the target. */
const rowText = (text: string, given: string): string =>
  (text.split('<tr ').find((one) => one.includes(`>${given}</a></span>`)) ?? '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the page for people', () => {
  const rows = [
    row('ok.test'),
    row('warned.test', { 'certificate.expiry': 'warning' }),
    row('new.test', null),
    row('soon.test', { 'certificate.expiry': 'critical' }),
    row('impaired.test', { 'gateway.backend': 'warning' }),
    row('down.test', { 'gateway.mapping': 'critical' }),
    row('unknown.test', { 'dns.resolve': 'unknown' }),
  ];

  test('has the worst on top, and a critical risk is not down', () => {
    const text = page(rows);
    expect(order(text)).toEqual([
      'down.test',
      'unknown.test',
      'impaired.test',
      'soon.test',
      'warned.test',
      'new.test',
      'ok.test',
    ]);
    expect(states(text)).toEqual(['down', 'unknown', 'impaired', 'at-risk', 'at-risk', 'pending', 'ok']);
  });

  test('answers the first question in its first sentence and in its title', () => {
    const first = (text: string) =>
      /<p class="summary [a-z-]+">.*?<\/p>/.exec(text)?.[0].replace(/<[^>]*>/g, '');
    expect(first(page(rows))).toBe(
      'Tills cannot deliver at 1 of 6 targets: down.test. It is not known whether tills can deliver at 1 of 6 targets: unknown.test.',
    );
    expect(page(rows)).toContain('<title>1 down: paths to the shop</title>');
    expect(first(page(rows.slice(0, 4)))).toBe('Tills can deliver at all 3 targets that were checked.');
    expect(first(page([row('new.test', null)]))).toBe('Nothing has been checked yet.');
  });

  test('shows one state alone where asked, and all where the state is none', () => {
    expect(order(page(rows, 'status=at-risk'))).toEqual(['soon.test', 'warned.test']);
    expect(order(page(rows, 'status="><script>'))).toHaveLength(7);
    expect(page([], 'status=ok')).toContain('No targets are configured.');
    expect(page(rows, 'q=nobody')).toContain('No target matches.');
  });

  test('finds targets by all words that are asked for, in name, module, group, note and causes', () => {
    const found = [
      row('a.test', {}, { about: { group: 'Stores', note: 'Call Anna.' } }),
      row('b.test', { 'gateway.mapping': 'critical' }, { about: { group: 'Stores' } }),
      row('c.test'),
    ];
    expect(order(page(found, 'q=ANNA'))).toEqual(['a.test']);
    expect(order(page(found, 'q=mapping'))).toEqual(['b.test']);
    expect(order(page(found, 'q=stores+b.t'))).toEqual(['b.test']);
    expect(order(page(found, 'q=stores+c.test'))).toEqual([]);
    expect(order(page(found, 'group=Stores'))).toEqual(['b.test', 'a.test']);
    expect(page(found, 'q=%22%3E%3Cscript%3E')).toContain('value="&quot;&gt;&lt;script&gt;"');
    const chip = /<a class="chip down[^"]*" href="([^"]*)"/.exec(page(found, 'q=anna&group=Stores'))?.[1];
    expect(chip).toBe('/?status=down&amp;group=Stores&amp;q=anna');
  });

  test('the group with the worst target comes first, and what is only probed last', () => {
    const text = page([
      row('a.test', {}, { about: { group: 'Well' } }),
      row('b.test', { 'gateway.mapping': 'critical' }, { about: { group: 'Ill' } }),
      row('c.test', {}, { about: { group: 'Ill' } }),
      row('d.test', { 'gateway.mapping': 'critical' }),
      row('e.test', { 'gateway.mapping': 'critical' }, { isConfigured: false }),
    ]);
    const heads = [...text.matchAll(/scope="rowgroup">(.*?)<\/th>/g)].map(([, head = '']) => head);
    expect(heads).toEqual([
      'Ill <small>1 down, 1 OK</small>',
      'Well <small>1 OK</small>',
      'Other targets <small>1 down</small>',
      'Probed, not configured <small>1 down</small>',
    ]);
    expect(order(text)).toEqual(['b.test', 'c.test', 'a.test', 'd.test', 'e.test']);
  });

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

  test.each([
    [0, '0 s'],
    [999, '0 s'],
    [1_000, '1 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [9 * 3_600_000 + 60_000, '9 h 1 min'],
    [10 * 3_600_000 + 60_000, '10 h'],
    [400 * DAY, '400 d'],
  ])('%d ms are said as %s', (ms, text) => {
    expect(span(ms)).toBe(text);
  });

  test.each([
    [-1, '0 s'],
    [119_999, '119 s'],
    [120_000, '2 min'],
    [2 * 3_600_000 - 1, '119 min'],
    [2 * 3_600_000, '2 h'],
    [2 * DAY - 1, '47 h'],
    [2 * DAY, '2 d'],
  ])('where there is little room, %d ms are said as %s', (ms, text) => {
    expect(roughly(ms)).toBe(text);
  });

  test('days are whole ones, and below zero when they are over', () => {
    expect([daysLeft(NOW, NOW), daysLeft(NOW - 1, NOW), daysLeft(NOW + DAY, NOW)]).toEqual([0, -1, 1]);
  });

  test('text from outside is never markup, and never steers anything', () => {
    const evil = '<script>alert(1)</script>"\'&\u001b[31m\u202e\u0000';
    const broken = row('x', { 'gateway.mapping': 'critical' });
    const causes = broken.causes.map((cause) => ({ ...cause, summary: evil, fix: evil }));
    const text = page(
      [
        row(
          evil,
          {},
          {
            ...broken,
            causes,
            target: { ...broken.target, given: evil, key: evil, about: { note: evil, group: evil } },
          },
        ),
      ],
      `q=&group=${encodeURIComponent(evil)}`,
    );
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\u001b[31m\\u202e\\u0000');
  });

  test.each([
    [60, 131_072],
    [1_000, 1_572_864],
  ])('%d targets with full histories are a page of less than %d characters', (count, most) => {
    const history = Array.from({ length: 20 }, (_, i) => ({
      status: i % 3 === 0 ? ('critical' as const) : ('ok' as const),
      path: i % 3 === 0 ? ('critical' as const) : ('ok' as const),
      risk: 'ok' as const,
      at: NOW - (20 - i) * 60_000,
      durationMs: 1,
    }));
    const many = Array.from({ length: count }, (_, i) => row(`shop-${i}.example.org`, {}, { history }));
    expect(page(many).length).toBeLessThan(most);
  });
});

test('the page needs nothing from anywhere else, and says so to the browser', async () => {
  const { url } = await runningExporter({ config: 'targets: [a.test]' });
  const { headers, body } = await get(url);
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; connect-src 'self'; form-action 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'$/,
  );
  expect(body.match(/(?:src|href)="(?!\/|data:)[^"]*"/g)).toBeNull();
});
