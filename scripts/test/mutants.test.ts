import { describe, expect, test } from 'vitest';
import { sampleOf } from '../lib/mutant-sample.ts';
import { lineOf, lineTextOf, mutantsOf, mutated } from '../lib/mutants.ts';

const changes = (source: string) => mutantsOf('a.ts', source).map((one) => mutated(source, one));

test.each([
  ['if (a === b) c();', ['if (true) c();', 'if (false) c();', 'if (a !== b) c();']],
  ['x = a && !b;', ['x = a || !b;', 'x = a && b;']],
  ['x = list.some(f);', ['x = list.every(f);']],
  ["x = 'critical';", ["x = 'warning';"]],
  ['x = a < 10;', ['x = a <= 10;', 'x = a < 11;']],
  ['x = [...a, b];', ['x = [...[], b];']],
  ['x = { ...a, b };', ['x = { ...[], b };']],
])('%s is changed in one place at a time', (source, expected) => {
  expect(changes(source).sort()).toEqual([...expected].sort());
});

test('types, imports and plain words stay', () => {
  expect(
    changes("import a from 'ok';\ntype B = 'ok' | 'critical';\nconst c: 'ok' = d as 'ok';\ne('words');"),
  ).toEqual([]);
});

test('a change has the line of its place', () => {
  const source = 'a();\nb = c && d;\n';
  expect(mutantsOf('a.ts', source).map((one) => lineOf(source, one))).toEqual([2]);
});

describe('a sample', () => {
  const lines = Array.from({ length: 40 }, (_, i) => `x${i} = a${i} < ${i};`);
  const drawn = (source: string, seed: number, count = 10) => {
    const all = mutantsOf('a.ts', source);
    const sample = sampleOf(all, new Map([['a.ts', source]]), { count, seed });
    return sample.map((one) => `${lineTextOf(source, one)} ${one.after}`);
  };
  const source = lines.join('\n');

  test('is the same for the same seed, another for another, and has no change twice', () => {
    expect(drawn(source, 1)).toEqual(drawn(source, 1));
    expect(drawn(source, 1)).not.toEqual(drawn(source, 2));
    expect(new Set(drawn(source, 1)).size).toBe(10);
    expect(drawn(source, 1, 1_000)).toHaveLength(mutantsOf('a.ts', source).length);
  });

  test('keeps what it has drawn when other lines come before it', () => {
    const longer = `first = 1;\nif (b) c();\n${source}`;
    const kept = drawn(longer, 1).filter((one) => drawn(source, 1).includes(one));
    expect(kept.length).toBeGreaterThanOrEqual(8);
  });

  test('holds changes of lines that are alike apart', () => {
    expect(drawn('x = a && b;\nx = a && b;', 1, 2)).toHaveLength(2);
  });
});
