import { expect, test } from 'vitest';
import { nameKey } from '../src/core/distinguished-name.ts';
import { element, oid, sequence } from './support/der.ts';

const keyOf = (tag: number, value: Buffer | string): string =>
  nameKey(element(0x31, sequence(oid('2.5.4.3'), element(tag, Buffer.from(value)))));

const utf32 = (...points: number[]): Buffer =>
  Buffer.concat(
    points.map((point) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(point);
      return bytes;
    }),
  );
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const pointsOf = (text: string): number[] => [...text].map((one) => one.codePointAt(0) ?? 0);

const SAME = keyOf(0x0c, 'shop issuing');

test.each([
  ['UTF8String', 0x0c, ' SHOP \t Issuing '],
  ['PrintableString', 0x13, 'Shop Issuing'],
  ['TeletexString', 0x14, 'Shop Issuing'],
  ['IA5String', 0x16, 'Shop Issuing'],
  ['VisibleString', 0x1a, 'Shop Issuing'],
  ['BMPString', 0x1e, utf16('Shop Issuing')],
  ['UniversalString', 0x1c, utf32(...pointsOf('Shop Issuing'))],
])('a name is the same as %s', (_kind, tag, value) => {
  expect(keyOf(tag, value)).toBe(SAME);
});

test.each([
  [
    'half a character of a UniversalString',
    0x1c,
    Buffer.concat([utf32(...pointsOf('Shop Issuing')), Buffer.from('a')]),
  ],
  ['a character beyond Unicode', 0x1c, utf32(...pointsOf('Shop'), 0x110000)],
  ['half a character of a BMPString', 0x1e, Buffer.from('Sho')],
  ['what is no string', 0x04, Buffer.from('Shop Issuing')],
  ['another word', 0x0c, Buffer.from('Shop Issuing 2')],
])('it is not the same with %s', (_what, tag, value) => {
  expect(keyOf(tag, value)).not.toBe(SAME);
  expect(keyOf(tag, value)).toBe(keyOf(tag, value));
});

test('the last character of Unicode is one', () => {
  expect(keyOf(0x1c, utf32(0x10ffff))).toBe(keyOf(0x0c, String.fromCodePoint(0x10ffff)));
});
