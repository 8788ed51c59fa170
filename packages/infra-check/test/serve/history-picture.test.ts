import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/core/report.ts';
import { historyPicture } from '../../src/serve/history-picture.ts';
import type { Result } from '../../src/serve/row.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

describe('the history', () => {
  const result = (minutesAgo: number, path: Verdict, risk: Verdict = 'ok'): Result => ({
    status: path,
    path,
    risk,
    at: NOW - minutesAgo * 60_000,
    durationMs: 1,
  });
  const bars = (svg: string, kind: string) =>
    [
      ...(new RegExp(`<path class="${kind}" d="([^"]*)"`).exec(svg)?.[1] ?? '').matchAll(
        /M(\d+) (\d+)h(\d+)/g,
      ),
    ].map(([, x, y, width]) => [x, y, width].map(Number));

  test('is drawn on an axis of time that ends now', () => {
    const svg = historyPicture(
      [result(100, 'ok'), result(90, 'critical'), result(50, 'ok'), result(25, 'ok')],
      NOW,
    );
    expect(svg).toContain('<span>100 min</span>');
    expect(svg).toContain('<span>now</span>');
    expect(bars(svg, 'path critical')).toEqual([[16, 0, 64]]);
    expect(bars(svg, 'path ok')).toEqual([
      [0, 10, 16],
      [80, 10, 80],
    ]);
  });

  test('has a lane of its own for risks, which hide no outage', () => {
    const svg = historyPicture([result(20, 'ok', 'critical'), result(10, 'critical', 'critical')], NOW);
    expect(bars(svg, 'path critical')).toEqual([[80, 0, 80]]);
    expect(bars(svg, 'risk critical')).toEqual([[0, 18, 160]]);
    expect(svg).toContain('Path: 1 ok, 1 critical. Risk: 2 critical.');
  });

  test('has a gap where nobody looked', () => {
    const svg = historyPicture([result(100, 'ok'), result(99, 'ok'), result(2, 'ok'), result(1, 'ok')], NOW);
    expect(bars(svg, 'path ok')).toEqual([
      [0, 10, 3],
      [157, 10, 3],
    ]);
  });

  test('of one result, and of a clock that was set back, is a picture all the same', () => {
    for (const history of [
      [result(0, 'ok')],
      [result(-60, 'critical')],
      [result(5, 'ok'), result(-5, 'ok')],
    ]) {
      const svg = historyPicture(history, NOW);
      expect(svg).toContain('<svg');
      expect(svg).not.toMatch(/NaN|Infinity|--|M-|M1[6-9]/);
    }
    expect(historyPicture([], NOW)).toBe('');
  });
});
