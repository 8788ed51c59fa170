import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, MAX_HOLES, missing, type Sequence } from '../src/process/sequence.ts';

const NOW = 1_790_000_000_000;

function come(numbers: readonly number[], at: (i: number) => number = () => NOW): Sequence {
  const sequence = numbers.reduce<Sequence | undefined>(
    (before, seq, i) => advance(before, seq, at(i)),
    undefined,
  );
  if (sequence === undefined) throw new Error('no number has come');
  return sequence;
}

/** Numbers up to 400 in any order, some of them again: fewer holes than are given up. */
const arrivals = fc.array(fc.integer({ min: 1, max: 2 * MAX_HOLES }), { minLength: 1, maxLength: 400 });

describe("a till's numbers, in any order and again", () => {
  test('what is missing is what has not come, between the lowest and the highest that have', () => {
    fc.assert(
      fc.property(arrivals, (numbers) => {
        const come_ = new Set(numbers);
        const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
        expect(missing(come(numbers), NOW, 0)).toBe(high - low + 1 - come_.size);
      }),
    );
  });

  test('a number that has come before changes nothing', () => {
    fc.assert(
      fc.property(arrivals, fc.nat(), (numbers, pick) => {
        const sequence = come(numbers);
        expect(advance(sequence, numbers[pick % numbers.length] ?? 0, NOW + 1)).toBe(sequence);
      }),
    );
  });

  test('with more holes than are kept, little is kept, and what came is never told as missing', () => {
    const wild = fc.uniqueArray(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 300, maxLength: 600 });
    fc.assert(
      fc.property(wild, (numbers) => {
        const { holes } = come(numbers);
        expect(holes.length).toBeLessThanOrEqual(MAX_HOLES);
        expect(numbers.filter((seq) => holes.some(({ from, to }) => from <= seq && seq <= to))).toEqual([]);
      }),
    );
  });
});

test('what was only overtaken is not missing yet', () => {
  const sequence = come([1, 3, 9], (i) => NOW + i * 1000);
  expect(missing(sequence, NOW + 2000, 1500)).toBe(0);
  expect(missing(sequence, NOW + 2500, 1500)).toBe(1);
  expect(missing(sequence, NOW + 3500, 1500)).toBe(6);
});
