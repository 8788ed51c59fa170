import {
  BIT_STRING,
  contentOf,
  type Element,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  objectIdentifier,
  readElement,
  readElements,
  SEQUENCE,
} from './der.ts';
import { type GeneralName, type NameConstraints, readNameConstraints } from './name-constraints.ts';

/** What the extensions of a certificate say (RFC 5280, 4.2); null where one is missing. */
export interface Extensions {
  names: GeneralName[];
  extendedKeyUsage: string[] | null;
  keyUsage: ReadonlySet<KeyUsage> | null;
  basicConstraints: { isAuthority: boolean; pathLength: number | null } | null;
  nameConstraints: NameConstraints | null;
  mustStaple: boolean;
  /** Hexadecimal. */
  subjectKeyId: string | null;
  /** What names the issuer's key, hexadecimal. */
  authorityKeyId: { keyId: string | null; serial: string | null } | null;
  /** Those that cannot be read, or that stand there twice. */
  malformed: string[];
  /** Critical ones that tills (OpenSSL) do not know, and therefore refuse; dotted object identifiers. */
  unknownCritical: string[];
}

export type KeyUsage = 'digitalSignature' | 'keyEncipherment' | 'keyAgreement' | 'keyCertSign';

const BITS: Readonly<Record<KeyUsage, number>> = {
  digitalSignature: 0x80,
  keyEncipherment: 0x20,
  keyAgreement: 0x08,
  keyCertSign: 0x04,
};

const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const NAME_CONSTRAINTS = '2.5.29.30';
const SUBJECT_KEY_ID = '2.5.29.14';
const AUTHORITY_KEY_ID = '2.5.29.35';
const TLS_FEATURE = '1.3.6.1.5.5.7.1.24';

/** What OpenSSL understands where it is critical. */
const KNOWN: ReadonlySet<string> = new Set([
  BASIC_CONSTRAINTS,
  KEY_USAGE,
  SUBJECT_ALT_NAME,
  EXTENDED_KEY_USAGE,
  NAME_CONSTRAINTS,
  '2.5.29.31',
  '2.5.29.32',
  '2.5.29.33',
  '2.5.29.36',
  '2.5.29.54',
  '2.16.840.1.113730.1.1',
  '1.3.6.1.5.5.7.1.7',
  '1.3.6.1.5.5.7.1.8',
  '1.3.6.1.5.5.7.1.14',
  '1.3.6.1.5.5.7.48.1.5',
]);

interface Extension {
  id: string;
  isCritical: boolean;
  value: Buffer;
}

const NONE: Extensions = {
  names: [],
  extendedKeyUsage: null,
  keyUsage: null,
  basicConstraints: null,
  nameConstraints: null,
  mustStaple: false,
  subjectKeyId: null,
  authorityKeyId: null,
  malformed: [],
  unknownCritical: [],
};

/** Never throws: what cannot be read is said. @param fields of the part of the certificate that is signed */
export function readExtensions(fields: readonly Element[]): Extensions {
  const wrapper = fields.find(({ tag }) => tag === 0xa3);
  if (!wrapper) return NONE;
  let list: Extension[];
  try {
    list = readElements(contentOf(readElement(wrapper.content), SEQUENCE)).map(readExtension);
  } catch {
    return { ...NONE, malformed: ['extensions'] };
  }
  const malformed: string[] = [];
  const read = <T>(id: string, name: string, reader: (value: Buffer) => T): T | null => {
    const [found, ...more] = list.filter((one) => one.id === id);
    if (more.length > 0) malformed.push(name);
    if (!found) return null;
    try {
      return reader(found.value);
    } catch {
      if (more.length === 0) malformed.push(name);
      return null;
    }
  };
  const names = read(SUBJECT_ALT_NAME, 'subjectAltName', readNames);
  const isPresent = (id: string) => list.some((one) => one.id === id);
  return {
    names: names ?? [],
    extendedKeyUsage:
      read(EXTENDED_KEY_USAGE, 'extendedKeyUsage', readUsages) ?? (isPresent(EXTENDED_KEY_USAGE) ? [] : null),
    keyUsage: read(KEY_USAGE, 'keyUsage', readKeyUsage),
    basicConstraints: read(BASIC_CONSTRAINTS, 'basicConstraints', readBasicConstraints),
    nameConstraints: read(NAME_CONSTRAINTS, 'nameConstraints', readNameConstraints),
    mustStaple: isPresent(TLS_FEATURE),
    subjectKeyId: read(SUBJECT_KEY_ID, 'subjectKeyIdentifier', (value) =>
      contentOf(readElement(value), OCTET_STRING).toString('hex'),
    ),
    authorityKeyId: read(AUTHORITY_KEY_ID, 'authorityKeyIdentifier', readAuthorityKeyId),
    malformed,
    unknownCritical: list.filter(({ id, isCritical }) => isCritical && !KNOWN.has(id)).map(({ id }) => id),
  };
}

function readExtension(extension: Element): Extension {
  const parts = readElements(contentOf(extension, SEQUENCE));
  return {
    id: objectIdentifier(contentOf(parts[0], OBJECT_IDENTIFIER)),
    isCritical: parts.length > 2 && parts[1]?.content[0] !== 0,
    value: contentOf(parts.at(-1), OCTET_STRING),
  };
}

const readNames = (value: Buffer): GeneralName[] => readElements(contentOf(readElement(value), SEQUENCE));

const readUsages = (value: Buffer): string[] =>
  readElements(contentOf(readElement(value), SEQUENCE))
    .slice(0, 50)
    .map((usage) => objectIdentifier(contentOf(usage, OBJECT_IDENTIFIER)));

function readKeyUsage(value: Buffer): Set<KeyUsage> {
  const [, bits = 0] = contentOf(readElement(value), BIT_STRING);
  return new Set((Object.keys(BITS) as KeyUsage[]).filter((name) => bits & BITS[name]));
}

const KEY_ID = 0x80;
const SERIAL = 0x82;

function readAuthorityKeyId(value: Buffer): Extensions['authorityKeyId'] {
  const parts = readElements(contentOf(readElement(value), SEQUENCE));
  const hex = (wanted: number) => parts.find(({ tag }) => tag === wanted)?.content.toString('hex') ?? null;
  return { keyId: hex(KEY_ID), serial: hex(SERIAL) };
}

const BOOLEAN = 0x01;

function readBasicConstraints(value: Buffer): Extensions['basicConstraints'] {
  const parts = readElements(contentOf(readElement(value), SEQUENCE));
  const isAuthority = parts[0]?.tag === BOOLEAN && parts[0].content[0] !== 0;
  const length = parts.find(({ tag }) => tag === INTEGER)?.content;
  return { isAuthority, pathLength: length ? Number.parseInt(length.toString('hex') || '0', 16) : null };
}
