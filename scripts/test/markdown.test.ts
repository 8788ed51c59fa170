import { expect, test } from 'vitest';
import { anchors, fences, links, pathsNamed, scriptsNamed } from '../lib/markdown.ts';
import { typeCheck } from '../lib/type-check.ts';

const document = [
  '# The way: home & back',
  '',
  'See [the protocol](docs/protocol.md#keys), [ours](<LICENSE>), `[not](a-link.md)` and [that][1].',
  'Run `npx -y pnpm@12 demo` or `pnpm run check:package`, never `pnpm exec knip`; read `docs/protocol.md`,',
  '`packages/cli/dist/bin.js` and `docs/decisions/NNNN-*.md`.',
  '',
  '```sh',
  'npx -y pnpm@12 test # [not](a-link-either.md)',
  '```',
  '',
  '```ts',
  'const one: number = 1;',
  '```',
  '',
  '[1]: https://example.org/',
].join('\n');

test('links are those of the prose, never those of code', () => {
  expect(links(document)).toEqual(['docs/protocol.md#keys', 'LICENSE', 'https://example.org/']);
});

test('paths are those that are given in full and that no build makes', () => {
  expect(pathsNamed(document)).toEqual(['docs/protocol.md']);
});

test('scripts are found in code spans and in fenced code', () => {
  expect(scriptsNamed(document)).toEqual(['demo', 'check:package', 'test']);
});

test('headings have the anchors that GitHub gives them', () => {
  expect(anchors(document)).toEqual(['the-way-home--back']);
});

test('fenced code keeps its info string', () => {
  expect(fences(document)).toEqual([
    { info: 'sh', code: 'npx -y pnpm@12 test # [not](a-link-either.md)\n' },
    { info: 'ts', code: 'const one: number = 1;\n' },
  ]);
});

test('an example that does not compile is told with its name and line', () => {
  expect(typeCheck({ 'README.md-1.ts': `const one: number = 'one';\n` })).toMatch(/^README\.md-1\.ts\(1,7\)/);
});
