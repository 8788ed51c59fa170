import { canonicalAddress } from '../core/address.ts';
import type { DnsRecord, DnsType } from '../core/dns-observations.ts';
import { cut } from '../core/text.ts';

/** The types that are asked for, by their numbers. */
export const TYPES: Readonly<Record<DnsType, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  AAAA: 28,
  DS: 43,
  CAA: 257,
};

const NAMES: ReadonlyMap<number, DnsType> = new Map(
  Object.entries(TYPES).map(([name, number]) => [number, name as DnsType]),
);

const MOST_BYTES_OF_NAME = 255;
const MOST_POINTERS = 127;

/** Reads a message from its beginning to its end. @throws {RangeError} where the bytes are none */
export class WireReader {
  #at = 12;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  question(): { name: string; type: number; class: number } {
    const name = this.#name();
    return { name, type: this.#uint16(), class: this.#uint16() };
  }

  /** Undefined for a record that no check needs, or of a length that its type does not have. */
  record(): DnsRecord | undefined {
    const name = this.#name();
    const type = NAMES.get(this.#uint16());
    this.#at += 2;
    const ttl = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    const length = this.#uint16();
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new RangeError('a record ends after the message');
    const data = type && this.#data(type, length);
    this.#at = start + length;
    return type && data !== undefined ? { name, type, ttl, data } : undefined;
  }

  /** Of the record that begins here its type, and the part of a TTL in which EDNS keeps the upper bits of the code. */
  option(): { type: number; extendedCode: number } {
    this.#name();
    const type = this.#uint16();
    const extendedCode = this.#bytes.readUInt8(this.#at + 2);
    this.#at += 6;
    this.#at += this.#uint16();
    return { type, extendedCode };
  }

  #data(type: DnsType, length: number): string | undefined {
    const data = this.#bytes.subarray(this.#at, this.#at + length);
    switch (type) {
      case 'A':
        return length === 4 ? data.join('.') : undefined;
      case 'AAAA':
        return length === 16 ? textOfSix(data) : undefined;
      case 'CNAME':
        return this.#name();
      case 'NS':
        return ignoring(() => this.#name());
      case 'SOA':
        return ignoring(() =>
          cut(`${this.#name()} ${this.#name()} ${this.#bytes.readUInt32BE(this.#at)}`, 600),
        );
      case 'CAA':
        return ignoring(() => {
          const end = 2 + data.readUInt8(1);
          return cut(`${data[0]} ${data.toString('utf8', 2, end)} "${data.toString('utf8', end)}"`, 300);
        });
      case 'DS':
        return ignoring(() => `${data.readUInt16BE(0)} ${data.readUInt8(2)} ${data.readUInt8(3)}`);
    }
  }

  #uint16(): number {
    this.#at += 2;
    return this.#bytes.readUInt16BE(this.#at - 2);
  }

  /** In lower case and without a dot at its end. What is no letter, digit or sign in a label is escaped. */
  #name(): string {
    const labels: string[] = [];
    let at = this.#at;
    let end: number | undefined;
    let size = 1;
    let pointers = 0;
    for (;;) {
      const length = this.#bytes.readUInt8(at);
      if (length >= 0xc0) {
        pointers += 1;
        if (pointers > MOST_POINTERS) throw new RangeError('bad pointer: a name leads back to itself');
        end ??= at + 2;
        at = this.#bytes.readUInt16BE(at) & 0x3fff;
        continue;
      }
      if (length > 63) throw new RangeError('a label of a kind that is not in use');
      at += 1;
      if (length === 0) break;
      size += length + 1;
      if (size > MOST_BYTES_OF_NAME || at + length > this.#bytes.length)
        throw new RangeError('a name is too long');
      labels.push(labelText(this.#bytes.toString('latin1', at, at + length)));
      at += length;
    }
    this.#at = end ?? at;
    return labels.join('.');
  }
}

const PLAIN = /^[!-~]*$/;

/** RFC 4343: a dot within a label is not the dot between two. */
const labelText = (label: string): string =>
  (PLAIN.test(label) && !/[.\\]/.test(label)
    ? label
    : label.replace(/[.\\]|[^!-~]/g, (char) =>
        /[.\\]/.test(char) ? `\\${char}` : `\\${String(char.charCodeAt(0)).padStart(3, '0')}`,
      )
  ).toLowerCase();

const textOfSix = (data: Buffer): string => {
  const groups = Array.from({ length: 8 }, (_, i) => data.readUInt16BE(2 * i).toString(16));
  return canonicalAddress(groups.join(':')) ?? groups.join(':');
};

/** A record that is broken within its own bounds is left out, as one of an unknown type is. */
function ignoring<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return;
  }
}
