import { describe, expect, test } from 'vitest';
import { nearest } from '../src/nearest.ts';
import { jsonLine, printable } from '../src/printable.ts';
import { shopSend } from './support/run.ts';

const RED = '\u001b[31m';

describe('colours', () => {
  const fail = (args: readonly string[], env: Record<string, string>, terminal: boolean) =>
    shopSend(['AMIS1', ...args], { env, terminal });

  test('only on a terminal', async () => {
    expect((await fail([], {}, true)).stderr).toContain(RED);
    expect((await fail([], {}, false)).stderr).not.toContain('\u001b');
  });

  test('and not where somebody does not want them', async () => {
    expect((await fail(['--no-color'], {}, true)).stderr).not.toContain('\u001b');
    expect((await fail([], { NO_COLOR: '1' }, true)).stderr).not.toContain('\u001b');
    expect((await fail([], { TERM: 'dumb' }, true)).stderr).not.toContain('\u001b');
    expect((await fail([], { NO_COLOR: '' }, true)).stderr).toContain(RED);
  });
});

describe('text from outside', () => {
  test.each([
    ['plain "OK"', 'plain "OK"'],
    ['a\r\n\tb', 'a\\r\\n\\tb'],
    ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['\u009b31m', '\\u009b31m'],
    ['\u202eevil\u2066', '\\u202eevil\\u2066'],
    ['\ud800', '\\ud800'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['grün 🙂', 'grün 🙂'],
  ])('%j', (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(JSON.parse(jsonLine({ text }))).toEqual({ text });
    expect(jsonLine({ text })).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  });
});

test('the word that was most likely meant', () => {
  expect(nearest('urll', ['url', 'file'])).toBe('url');
  expect(nearest('verb', ['version', 'verbose'])).toBe('verbose');
  expect(nearest('xyz', ['url', 'file'])).toBeUndefined();
});
