/** Writes DER (ITU-T X.690): each function gives one element, tag and length included. */
type Bytes = Uint8Array;

const element = (tag: number, ...contents: readonly Bytes[]): Buffer => {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
};

function lengthOf(size: number): number[] {
  if (size < 0x80) return [size];
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...elements: readonly Bytes[]): Buffer => element(0x30, ...elements);

export const set = (...elements: readonly Bytes[]): Buffer => element(0x31, ...elements);

export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]));

/** A positive integer, big-endian. */
export const integer = (bytes: Bytes): Buffer =>
  element(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]));

export const bitString = (bytes: Bytes, unusedBits = 0): Buffer =>
  element(0x03, Buffer.from([unusedBits]), bytes);

export const octetString = (bytes: Bytes): Buffer => element(0x04, bytes);

export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text));

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}

/** RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const year = date.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits));
}

/** [n] EXPLICIT */
export const explicit = (n: number, content: Bytes): Buffer => element(0xa0 | n, content);

/** [n] IMPLICIT of a primitive element: its content under another tag. */
export const implicit = (n: number, content: Bytes): Buffer => element(0x80 | n, content);
