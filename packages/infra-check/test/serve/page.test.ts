import { describe, expect, test } from 'vitest';
import { runningExporter } from './support/exporter.ts';
import { get } from './support/get.ts';
import { NOW, order, page, row } from './support/rows.ts';

const states = (text: string): string[] =>
  [...text.matchAll(/<tr class="([a-z-]+)"><th scope="row"/g)].map(([, state = '']) => state);

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
