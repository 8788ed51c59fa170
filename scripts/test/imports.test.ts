import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { IMPORT_RULE } from '../lib/import-rule.ts';
import { findCircle, judgeImports } from '../lib/judge-imports.ts';
import { readSources } from '../lib/read-imports.ts';
import { ROOT } from '../lib/repository.ts';

const packages = readdirSync(join(ROOT, 'packages'));

test('every package has an import rule', () => {
  expect(Object.keys(IMPORT_RULE).sort()).toEqual(packages.sort());
});

describe.each(Object.entries(IMPORT_RULE))('%s', (name, rule) => {
  test('imports go one way, with no circle', () => {
    const sources = readSources(join(ROOT, 'packages', name, 'src'));
    expect(sources).not.toEqual([]);
    expect(judgeImports(rule, sources)).toEqual([]);
  });

  test('the rule itself has no circle and names no layer that is not there', () => {
    const layers = Object.keys(rule.layers);
    const graph = new Map(Object.entries(rule.layers).map(([layer, { mayImport }]) => [layer, mayImport]));
    expect(findCircle(graph)).toBeUndefined();
    expect([...graph.values()].flat().filter((layer) => !layers.includes(layer))).toEqual([]);
  });
});
