import { describe, expect, test } from 'vitest';
import type { CheckName } from '../../src/core/checks.ts';
import { finding } from '../../src/core/finding.ts';
import { overAddresses } from '../../src/core/over-addresses.ts';
import { summaryOf } from '../../src/core/several.ts';
import type { Status } from '../../src/core/status.ts';
import { madeUpReport } from '../serve/support/reports.ts';

describe('what one check found at several addresses:', () => {
  const at = (n: number, status: Status, summary = `It is ${status}.`) => ({
    address: `192.0.2.${n}`,
    finding: finding('gateway.mapping', status, summary, { observed: `${status} ${n}`, fix: 'Repair it.' }),
  });
  const over = (...all: Parameters<typeof overAddresses>[0]) => overAddresses(all);
  const [GOOD, BAD] = [(n: number) => at(n, 'ok'), (n: number) => at(n, 'critical')];

  test.each([
    [[GOOD(1), BAD(2)], 'At 192.0.2.2, one of 2 addresses: It is critical.'],
    [[BAD(1), GOOD(2)], 'At 192.0.2.1, one of 2 addresses: It is critical.'],
    [[GOOD(1), BAD(2), BAD(3)], 'At 192.0.2.2, 192.0.2.3, 2 of 3 addresses: It is critical.'],
    [[BAD(1), at(2, 'warning'), at(3, 'unknown')], 'At 192.0.2.1, one of 3 addresses: It is critical.'],
    [[BAD(1), at(2, 'critical', 'It is gone.')], 'At 192.0.2.1: It is critical.'],
    [[BAD(1), BAD(2)], 'It is critical.'],
  ] as const)('%#', (all, summary) => {
    const [first, ...others] = all;
    const found = over(first, ...others);
    expect(found).toMatchObject({ status: 'critical', summary });
    const isAlike = all.every((one) => one.finding.summary === all[0].finding.summary);
    if (!isAlike) expect(found.observed).toContain('192.0.2.1: ');
  });

  test('only where the others are better are they shown as a reason to doubt the address', () => {
    const doubt = 'Look whether 192.0.2.1 still belongs to this gateway';
    expect(over(BAD(1), GOOD(2)).fix).toMatch(new RegExp(`^${doubt}.* Repair it\\.$`));
    expect(over(BAD(1), at(2, 'critical', 'It is gone.')).fix).toBe('Repair it.');
    expect(over(at(1, 'warning'), GOOD(2)).fix).toBe('Repair it.');
  });

  test('what is not known at one of them is told before a warning at another, and after what is critical', () => {
    expect(over(at(1, 'warning'), at(2, 'unknown'), GOOD(3)).status).toBe('unknown');
    expect(over(at(1, 'unknown'), BAD(2)).status).toBe('critical');
    expect(over(at(1, 'skipped'), GOOD(2))).toMatchObject({ status: 'ok', summary: 'It is ok.' });
  });

  test('good ones that say different things are as good as one', () => {
    expect(over(GOOD(1), at(2, 'ok', 'It is fine.'))).toMatchObject({
      summary: 'It is ok.',
      observed: 'ok 1',
    });
  });
});

describe('of several paths', () => {
  const report = (target: string, bad: Partial<Record<CheckName, Status>> = {}) =>
    madeUpReport({ target, bad });
  const open = report('open.test');
  const risky = report('risky.test', { 'certificate.expiry': 'critical' });
  const broken = report('broken.test', { 'gateway.mapping': 'critical' });
  const impaired = report('impaired.test', { 'gateway.backend': 'warning' });
  const unseen = report('unseen.test', { 'gateway.answer': 'unknown' });

  test.each([
    [[open, broken, risky], '3 paths: 2 critical, 1 ok', 'broken.test'],
    [[risky, open, unseen], '3 paths: 1 critical, 1 unknown, 1 ok', 'risky.test'],
    [[open, impaired, unseen], '3 paths: 1 unknown, 1 warning, 1 ok', 'unseen.test'],
    [[open, impaired], '2 paths: 1 warning, 1 ok', 'impaired.test'],
    [[open, open], '2 paths: 2 ok', 'open.test'],
  ])('they are counted, and the one that is worst now is told: %#', (reports, counts, worst) => {
    for (const all of [reports, reports.toReversed()]) {
      const summary = summaryOf(all);
      expect(summary.counts).toBe(counts);
      expect(summary.headline).toMatch(`${counts}. `);
      expect(summary.headline).toContain(worst);
    }
  });

  test('two with a critical risk are told by what tills meet now', () => {
    const both = report('both.test', { 'certificate.expiry': 'critical', 'gateway.answer': 'unknown' });
    for (const all of [
      [risky, both],
      [both, risky],
    ])
      expect(summaryOf(all).headline).toContain('both.test');
  });

  test('of none there is nothing to tell', () => {
    expect(summaryOf([])).toMatchObject({ status: 'unknown', counts: '0 paths: ', headline: '0 paths: ' });
  });
});
