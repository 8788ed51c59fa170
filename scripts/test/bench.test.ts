import { expect, test } from 'vitest';
import { median, medianRatio, rotate } from '../../bench/lib/statistics.ts';
import { renderTable } from '../../bench/lib/table.ts';

test.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[], Number.NaN],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('a round that was slow for all does not move the ratio', () => {
  expect(medianRatio([50, 5, 50], [100, 10, 100])).toBe(0.5);
});

test('each round begins with another contender', () => {
  expect([0, 1, 2, 3].map((round) => rotate(['a', 'b', 'c'], round).join(''))).toEqual([
    'abc',
    'bca',
    'cab',
    'abc',
  ]);
});

test('the table shows figures, ratios and whether aims are reached', () => {
  const rates = {
    title: 'Seal a sale',
    unit: 'per second' as const,
    rows: [
      { contender: 'node:crypto', figure: 20_123.4, ratio: 1 },
      { contender: 'version 1', figure: 19_318, ratio: 0.96, aim: 0.95 },
      { contender: 'version 2', figure: 16_099, ratio: 0.8, aim: 0.85 },
    ],
  };
  const times = {
    title: 'Start',
    unit: 'ms' as const,
    rows: [{ contender: 'shop-send', figure: 80.25, ratio: 1.9, aim: 2 }],
  };
  expect(renderTable([rates, times])).toBe(
    [
      'Seal a sale    per second  ratio      aim  reached',
      '  node:crypto      20,123   1.00',
      '  version 1        19,318  0.960  >= 0.95      yes',
      '  version 2        16,099  0.800  >= 0.85       no',
      'Start                  ms  ratio      aim  reached',
      '  shop-send          80.3   1.90  <= 2.00      yes',
      '',
    ].join('\n'),
  );
});
