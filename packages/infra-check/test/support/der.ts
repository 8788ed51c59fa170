/** Writes DER, right or wrong (ITU-T X.690). */
export const element = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(contents);
  const size = content.length;
  const length =
    size < 128
      ? [size]
      : size < 0x100
        ? [0x81, size]
        : size < 0x10000
          ? [0x82, size >> 8, size & 255]
          : [0x83, size >> 16, (size >> 8) & 255, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};

export const sequence = (...contents: readonly Uint8Array[]): Buffer => element(0x30, ...contents);

export const integer = (value: number): Buffer => element(2, Buffer.from([value]));

export const boolean = (value: boolean): Buffer => element(1, Buffer.from([value ? 255 : 0]));

export const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const base128 = (value: number): number[] =>
    value < 128 ? [value] : [...base128(Math.floor(value / 128)).map((byte) => byte | 128), value % 128];
  return element(6, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
};

/** GeneralizedTime. */
export const time = (date: Date): Buffer =>
  element(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));

export const extension = (id: string, value: Uint8Array, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), element(4, value));

const UTF8_STRING = 0x0c;
export const PRINTABLE_STRING = 0x13;
export const BMP_STRING = 0x1e;

/** A name of one part, the common name. */
export function commonName(text: string, tag = UTF8_STRING): Buffer {
  const bytes = tag === BMP_STRING ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text);
  return sequence(element(0x31, sequence(oid('2.5.4.3'), element(tag, bytes))));
}
