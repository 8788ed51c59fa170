import { expect, test } from 'vitest';
import { readText } from '../lib/repository.ts';
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
