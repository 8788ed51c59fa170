import { expect, test } from 'vitest';
import { counted, cut, listed, printable, safeJson } from '../src/core/text.ts';

const items = (n: number) => Array.from({ length: n }, (_, i) => `i${i + 1}`);

test.each([
  [0, 6, ''],
  [1, 6, 'i1'],
  [6, 6, 'i1, i2, i3, i4, i5, i6'],
  [7, 6, 'i1, i2, i3, i4, i5, i6 and 1 more'],
  [9, 6, 'i1, i2, i3, i4, i5, i6 and 3 more'],
  [3, 3, 'i1, i2, i3'],
  [4, 3, 'i1, i2, i3 and 1 more'],
])('of %i things %i at most are listed: %s', (n, most, text) => {
  expect(listed(items(n), most)).toBe(text);
});

test('six are listed where nothing else is said', () => {
  expect(listed(items(6))).not.toContain('more');
  expect(listed(items(7))).toMatch(/i6 and 1 more$/);
});

test('a text of 200 characters stays, and one more is cut', () => {
  expect(cut('x'.repeat(200))).toBe('x'.repeat(200));
  expect(cut('x'.repeat(201))).toBe(`${'x'.repeat(200)}...`);
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abcd', 3)).toBe('abc...');
});

test('one is told apart from none and from two', () => {
  expect([0, 1, 2].map((n) => counted(n, 'address', 'addresses'))).toEqual([
    '0 addresses',
    '1 address',
    '2 addresses',
  ]);
});

test.each([
  ['a\r\n\tb', String.raw`a\r\n\tb`],
  ['\u001b[31m', String.raw`\u001b[31m`],
  ['a\u202eb\u2028c', String.raw`a\u202eb\u2028c`],
  ['\ud800', String.raw`\ud800`],
  ['é😀', 'é😀'],
])('%j is printed as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('JSON keeps its line breaks and hides what a terminal would obey', () => {
  expect(safeJson({ a: 'b\u202e' }, 2)).toBe('{\n  "a": "b\\u202e"\n}');
});
