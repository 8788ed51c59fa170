import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anchors, fences, links, pathsNamed, scriptsNamed } from '../lib/markdown.ts';
import { ROOT, readManifest, readText, repositoryFiles } from '../lib/repository.ts';
import { typeCheck } from '../lib/type-check.ts';

const files = repositoryFiles();
const documents = files.filter((path) => path.endsWith('.md'));
const scripts = Object.keys(readManifest().scripts ?? {});

/** A folder with a workspace of its own has scripts of its own, which are run there. */
const scriptsAt = (folder: string): string[] =>
  files.includes(join(folder, 'pnpm-workspace.yaml')) ? Object.keys(readManifest(folder).scripts ?? {}) : [];

const leadsNowhere = (document: string) => (link: string) => {
  if (/^[a-z]+:/.test(link)) return false;
  const [path = '', anchor] = link.split('#');
  const target = path ? join(dirname(document), decodeURI(path)) : document;
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && target.endsWith('.md') && !anchors(readText(target)).includes(anchor);
};

test('the documents that every reader looks for are there', () => {
  const expected = ['CHANGELOG.md', 'CONTRIBUTING.md', 'README.md', 'SECURITY.md'];
  expect(documents).toEqual(expect.arrayContaining(expected));
});

describe.each(documents)('%s', (document) => {
  const text = readText(document);

  test('its links lead somewhere', () => {
    expect(links(text).filter(leadsNowhere(document))).toEqual([]);
  });

  test('the paths that it names exist', () => {
    expect(pathsNamed(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('the scripts that it names exist', () => {
    const known = [...scripts, ...scriptsAt(dirname(document))];
    expect(scriptsNamed(text).filter((name) => !known.includes(name))).toEqual([]);
  });
});

test('the TypeScript examples in the documents compile', () => {
  const programs = documents.flatMap((document) =>
    fences(readText(document))
      .filter(({ info }) => info === 'ts')
      .map(({ code }, index) => [`${document.replaceAll('/', '-')}-${index + 1}.ts`, code] as const),
  );
  expect(typeCheck(Object.fromEntries(programs))).toBe('');
});

test('no file names a folder of the machine that it was written on', () => {
  const elsewhere = /(?<![\w.:/-])\/(?:home|Users|root|work|workspaces?)\/\w|\b[A-Z]:\\Users\\/;
  const inCheckout = (text: string) => ROOT.lastIndexOf('/') > 0 && text.includes(ROOT);
  const guilty = files.filter((path) => {
    const text = readFileSync(join(ROOT, path), 'latin1');
    return !text.includes('\0') && (elsewhere.test(text) || inCheckout(text));
  });
  expect(guilty).toEqual([]);
});
