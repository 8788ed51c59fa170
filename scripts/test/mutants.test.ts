import { expect, test } from 'vitest';
import { lineOf, mutantsOf, mutated } from '../lib/mutants.ts';

const changes = (source: string) => mutantsOf('a.ts', source).map((one) => mutated(source, one));

test.each([
  ['if (a === b) c();', ['if (true) c();', 'if (false) c();', 'if (a !== b) c();']],
  ['x = a && !b;', ['x = a || !b;', 'x = a && b;']],
  ['x = list.some(f);', ['x = list.every(f);']],
  ["x = 'critical';", ["x = 'warning';"]],
  ['x = a < 10;', ['x = a <= 10;', 'x = a < 11;']],
  ['x = [...a, b];', ['x = [, b];']],
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
