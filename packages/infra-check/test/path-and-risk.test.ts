import { describe, expect, test } from 'vitest';
import type { CheckName } from '../src/core/checks.ts';
import type { Status } from '../src/core/status.ts';
import { type Format, render } from '../src/index.ts';
import { madeUpReport } from './serve/support/reports.ts';

const drawn = (format: Format, bad: Partial<Record<CheckName, Status>>) =>
  render(madeUpReport({ bad }), format);

/** The picture of the HTML report alone. */
const picture = (bad: Partial<Record<CheckName, Status>>) =>
  /<svg class="road wide"[\s\S]*?<\/svg>/.exec(drawn('html', bad))?.[0] ?? '';

describe('a critical risk is never drawn as a break:', () => {
  const risk = { 'certificate.expiry': 'critical' } as const;

  test('text', () => {
    const text = drawn('text', risk);
    expect(text).toContain('  till ───── dns ok ───── certificate ok (risk: critical) ───── gateway ok\n');
    expect(text).toMatch(/^ {2}risk: critical {2}certificate\.expiry {2}/m);
  });

  test('picture', () => {
    const svg = picture(risk);
    expect(svg).not.toMatch(/class="(cross|doubt|link (?!open))/);
    expect(svg).toContain('Certificate: ok, risk critical');
    expect(svg).toContain('>risk: critical</text>');
    expect(svg).not.toContain('class="node critical"');
  });

  test('html', () => {
    const page = drawn('html', risk);
    expect(page).toContain('<span class="badge">risk: critical</span>');
    expect(page).toContain('endangers delivery later');
    expect(page).not.toContain('stops tills now');
  });

  test('junit', () => {
    const xml = drawn('junit', risk);
    expect(xml).toContain('<failure type="risk-critical" message="risk: certificate.expiry is critical.">');
    expect(xml).toContain('<property name="path_status" value="ok"/>');
    expect(xml).toContain('<property name="risk_status" value="critical"/>');
  });
});

test('nagios: the line of a risk below the first says that it is one', () => {
  const [, ...long] = drawn('nagios', {
    'certificate.expiry': 'critical',
    'gateway.mapping': 'critical',
  }).split('\n');
  expect(long[0]).toMatch(/^risk: critical certificate\.expiry: /);
  expect(long[1]).toMatch(/^critical gateway\.mapping: /);
});

describe('a break and a risk stand side by side:', () => {
  const both = { 'certificate.expiry': 'critical', 'gateway.mapping': 'critical' } as const;

  test('text', () => {
    const text = drawn('text', both);
    expect(text).toContain('certificate ok (risk: critical) ──X── gateway CRITICAL\n');
    expect(text).toMatch(/^ {2}critical {8}gateway\.mapping/m);
  });

  test('picture', () => {
    const svg = picture(both);
    expect(svg.match(/class="link [a-z]+"/g)).toEqual([
      'class="link open"',
      'class="link open"',
      'class="link critical"',
    ]);
    expect(svg.match(/class="cross critical"/g)).toHaveLength(1);
    expect(svg).toContain('Certificate: ok, risk critical, Gateway: critical');
  });

  test('html', () => {
    const page = drawn('html', both);
    expect(page).toMatch(/<dt>Path now<\/dt><dd class="critical">critical<\/dd>/);
    expect(page).toMatch(/<dt>Risk later<\/dt><dd class="critical">critical<\/dd>/);
    expect(page).toContain('stops tills now');
  });

  test('junit', () => {
    expect(drawn('junit', both)).toContain(
      '<failure type="critical" message="gateway.mapping is critical.">',
    );
  });
});

test('a link that could not be looked at is in doubt, not broken', () => {
  const doubt = { 'gateway.answer': 'unknown' } as const;
  expect(drawn('text', doubt)).toContain('──?── gateway unknown\n');
  const svg = picture(doubt);
  expect(svg).toContain('class="doubt unknown"');
  expect(svg).not.toContain('class="cross');
});

test('a warning that impairs delivery now is not called a risk', () => {
  const text = drawn('text', { 'gateway.backend': 'warning' });
  expect(text).toContain('───── gateway warning\n');
  expect(text).toMatch(/^ {2}warning {9}gateway\.backend/m);
  expect(drawn('html', { 'gateway.backend': 'warning' })).toContain('impairs delivery now');
});
