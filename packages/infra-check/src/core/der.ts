/** One element of DER (ITU-T X.690). */
export interface Element {
  /** The identifier octet, such as 0x30 for a sequence. */
  tag: number;
  content: Buffer;
  /** Tag and length included. */
  whole: Buffer;
}

/** Reads the element that begins here. @throws RangeError where the bytes are no DER or end too early */
export function readElement(bytes: Buffer): Element {
  const tag = bytes[0];
  let length = bytes[1];
  if (tag === undefined || length === undefined || (tag & 0x1f) === 0x1f) throw new RangeError('no DER');
  let start = 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4 || bytes.length < 2 + count) throw new RangeError('no DER');
    length = bytes.readUIntBE(2, count);
    start += count;
  }
  if (start + length > bytes.length) throw new RangeError('DER ends too early');
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(0, start + length) };
}

const MOST = 10_000;

/** The elements of a sequence or set, one after another. @throws RangeError */
export function readElements(content: Buffer): Element[] {
  const elements: Element[] = [];
  for (let rest = content; rest.length > 0; ) {
    const element = readElement(rest);
    elements.push(element);
    if (elements.length > MOST) throw new RangeError('too many elements');
    rest = rest.subarray(element.whole.length);
  }
  return elements;
}

/** The content of an element that must have that tag. @throws RangeError */
export function contentOf(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new RangeError(`no element with the tag ${tag}`);
  return element.content;
}

/** Dotted, such as 1.2.840.113549.1.1.11. */
export function objectIdentifier(content: Buffer): string {
  const arcs: bigint[] = [];
  let value = 0n;
  for (const byte of content.subarray(0, 64)) {
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(value);
    value = 0n;
  }
  const [first = 0n, ...rest] = arcs;
  const top = first >= 80n ? 2n : first / 40n;
  return [top, first - top * 40n, ...rest].join('.');
}

/** UTCTime or GeneralizedTime in UTC, as RFC 5280 demands them; NaN where they are neither. */
export function timeOf({ tag, content }: Element): number {
  const [, year = '', rest = ''] =
    (tag === 0x17 ? /^(\d\d)(\d{10})Z$/ : /^(\d{4})(\d{10})(?:\.\d+)?Z$/).exec(content.toString('latin1')) ??
    [];
  const full = tag === 0x17 ? `${Number(year) >= 50 ? '19' : '20'}${year}` : year;
  const [month, day, hour, minute, second] = rest.match(/../g) ?? [];
  return Date.parse(`${full}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

export const SEQUENCE = 0x30;
export const OBJECT_IDENTIFIER = 0x06;
export const OCTET_STRING = 0x04;
export const BIT_STRING = 0x03;
export const INTEGER = 0x02;
