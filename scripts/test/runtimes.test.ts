import { expect, test } from 'vitest';
import { readText, repositoryFiles } from '../lib/repository.ts';
import { BANNER, NODES, OLD_NODES, RUNTIMES, runtimesTable } from '../lib/runtimes.ts';

const document = readText('docs/runtimes.md');

test('the table of runtimes is what is tested, row by row', () => {
  expect(document).toContain(`\n\n${runtimesTable()}\n\n`);
  expect(document.match(/^\| /gm)).toHaveLength(RUNTIMES.length + 2);
});

test('each row is a till of its own at the shop', () => {
  const ids = RUNTIMES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
});

test('the flag for a bundle is the one that is tested', () => {
  expect(document).toContain(`--banner:js="${BANNER}"`);
});

test('the first Node of the table is the one that the packages demand', () => {
  for (const name of ['shop-client', 'cli', 'sandbox', 'infra-check']) {
    expect(JSON.parse(readText(`packages/${name}/package.json`))).toMatchObject({
      engines: { node: `>=${NODES[0]}` },
    });
  }
  for (const version of OLD_NODES) expect(document).toContain(version);
});

/** What Node 18 to 22.12 lacks of its own modules: by name it would fail at linking, before the sentence about the version. */
const YOUNG = [
  'hash',
  'registerHooks',
  'enableCompileCache',
  'styleText',
  'getSystemErrorMessage',
  'parseEnv',
  'DatabaseSync',
];

test('no library imports by name what an old Node lacks, so that it can say that it is old', () => {
  const sources = repositoryFiles().filter((path) =>
    /^packages\/(shop-client|infra-check)\/src\/.*\.ts$/.test(path),
  );
  const imports = new RegExp(`^import \\{[^}]*\\b(${YOUNG.join('|')})\\b[^}]*\\} from 'node:`, 'm');
  expect(sources.filter((path) => imports.test(readText(path)))).toEqual([]);
});
