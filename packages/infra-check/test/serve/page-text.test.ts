import { describe, expect, test } from 'vitest';
import { daysLeft, roughly, span } from '../../src/serve/page-text.ts';
import { DAY, NOW } from './support/rows.ts';

describe('lengths of time in words', () => {
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
});
