import { contentOf, type Element, OBJECT_IDENTIFIER, readElements } from './der.ts';

const UTF8_STRING = 0x0c;
const UNIVERSAL_STRING = 0x1c;
const BMP_STRING = 0x1e;
/** PrintableString, TeletexString, IA5String and VisibleString: one byte a character. */
const BYTE_STRINGS: ReadonlySet<number> = new Set([0x13, 0x14, 0x16, 0x1a]);

/**
 * A key that is the same for names that are the same: by RFC 5280, 7.1, neither the string type nor case nor white space
 * makes a difference. Only ASCII letters are folded, because that is what tills (OpenSSL) do.
 * @param name the content of a Name
 * @throws RangeError where it is none
 */
export function nameKey(name: Buffer): string {
  return JSON.stringify(relativeNames(name));
}

/** As above, one list for each relative distinguished name; its attributes have no order. @throws RangeError */
export const relativeNames = (name: Buffer): string[][] =>
  readElements(name).map(({ content }) => readElements(content).map(attributeKey).sort());

function attributeKey({ content }: Element): string {
  const [type, value] = readElements(content);
  const id = contentOf(type, OBJECT_IDENTIFIER).toString('hex');
  const text = value && textOf(value);
  return text === undefined
    ? `${id}#${value?.whole.toString('hex') ?? ''}`
    : `${id}=${text
        .replace(/^[\t-\r ]+|[\t-\r ]+$/g, '')
        .replace(/[\t-\r ]+/g, ' ')
        .replace(/[A-Z]+/g, (letters) => letters.toLowerCase())}`;
}

/** Undefined where the value is no text. */
function textOf({ tag, content }: Element): string | undefined {
  if (tag === UTF8_STRING) return content.toString();
  if (BYTE_STRINGS.has(tag)) return content.toString('latin1');
  if (tag === BMP_STRING && content.length % 2 === 0)
    return Buffer.from(content).swap16().toString('utf16le');
  if (tag !== UNIVERSAL_STRING || content.length % 4 > 0) return;
  const points = Array.from({ length: content.length / 4 }, (_, i) => content.readUInt32BE(4 * i));
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined;
}
