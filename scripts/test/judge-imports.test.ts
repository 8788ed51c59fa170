import { expect, test } from 'vitest';
import type { PackageRule } from '../lib/import-rule.ts';
import { judgeImports } from '../lib/judge-imports.ts';
import { importsOf } from '../lib/read-imports.ts';

const rule: PackageRule = {
  layers: {
    errors: { files: ['errors.ts'], mayImport: [] },
    core: { files: ['core/'], mayImport: ['errors'], outside: ['node:crypto'] },
    index: { files: ['index.ts'], mayImport: ['errors', 'core'] },
    testing: { files: ['testing/'], mayImport: [] },
  },
  packages: { '@amis-shop/shop-client': 'always', '@amis-shop/sandbox': 'on demand' },
  only: { msw: ['testing/handlers.ts'] },
};

const judge = (files: Record<string, string>): string[] =>
  judgeImports(
    rule,
    Object.entries(files).map(([path, source]) => ({ path, imports: importsOf(path, source) })),
  );

test('a way that the rule allows is no problem', () => {
  const files = {
    'index.ts': `import { seal } from './core/seal.ts'; export { ShopError } from './errors.ts';`,
    'core/seal.ts': `import { ShopError } from '../errors.ts'; import { randomBytes } from 'node:crypto';`,
    'errors.ts': `import manifest from '../package.json' with { type: 'json' };`,
    'testing/handlers.ts': `import { http } from 'msw'; import { setupServer } from 'msw/node';`,
  };
  expect(judge(files)).toEqual([]);
});

test.each([
  ['a static import', `import { x } from '../index.ts';`],
  ['an import for its effect', `import '../index.ts';`],
  ['an import of a type', `import type { X } from '../index.ts';`],
  ['an import() in a type', `let x: import('../index.ts').X;`],
  ['a dynamic import', `const x = await import('../index.ts');`],
  ['an export', `export { x } from '../index.ts';`],
  ['an export of all', `export * from '../index.ts';`],
])('a wrong way is seen: %s', (_, source) => {
  const wrongWay = 'core/seal.ts: ../index.ts is in index; core may import errors';
  expect(judge({ 'core/seal.ts': source })).toEqual([wrongWay]);
});

test('comments, strings and templates are not imports', () => {
  const source = [
    `// import '../index.ts'`,
    `/* export * from '../index.ts' */`,
    `const a = "import '../index.ts'";`,
    'const b = `import("../index.ts")`;',
    `const c = /import '..\\/index.ts'/;`,
  ].join('\n');
  expect(judge({ 'core/seal.ts': source })).toEqual([]);
});

test('a circle is seen', () => {
  const files = {
    'core/a.ts': `import { b } from './b.ts';`,
    'core/b.ts': `import { c } from './c.ts';`,
    'core/c.ts': `export { a } from './a.ts';`,
  };
  expect(judge(files)).toEqual(['circle: core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts']);
});

test('a circle of types alone is seen', () => {
  const files = {
    'core/a.ts': `import type { B } from './b.ts';`,
    'core/b.ts': `export type A = import('./a.ts').A;`,
  };
  expect(judge(files)).toEqual(['circle: core/a.ts -> core/b.ts -> core/a.ts']);
});

test.each([
  ['@amis-shop/shop-client/src/core/seal.ts', 'is not open to this package'],
  ['@amis-shop/infra-check', 'is not open to this package'],
  ['../../shop-client/src/index.ts', 'leaves the package by a relative path'],
  ['@amis-shop/sandbox', 'is loaded on demand only: use import()'],
  ['msw', 'belongs to testing/handlers.ts'],
  ['msw/node', 'belongs to testing/handlers.ts'],
  ['../core/seal.ts', 'is in core; testing may import nothing'],
])('from testing/index.ts, %s is refused', (specifier, problem) => {
  expect(judge({ 'testing/index.ts': `import '${specifier}';` })).toEqual([expect.stringContaining(problem)]);
});

test('a package that is loaded on demand may be imported by import() and as a type', () => {
  const source = `import type { Sandbox } from '@amis-shop/sandbox'; await import('@amis-shop/sandbox');`;
  expect(judge({ 'index.ts': source })).toEqual([]);
});

test('a pure layer reaches no I/O', () => {
  expect(judge({ 'core/seal.ts': `import { readFile } from 'node:fs/promises';` })).toEqual([
    'core/seal.ts: node:fs/promises is not open to core; it may import node:crypto from outside',
  ]);
});

test('a computed import is refused, since nobody can check it', () => {
  expect(judge({ 'index.ts': 'await import(name);' })).toEqual([
    'index.ts: import() is computed, so nobody can check it',
  ]);
});

test('a file in no layer is refused', () => {
  expect(judge({ 'helpers.ts': '' })).toEqual(['helpers.ts belongs to no layer: give it one in the rule']);
});
