import crypto, { X509Certificate } from 'node:crypto';
import { canonicalAddress } from './address.ts';
import {
  contentOf,
  type Element,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  objectIdentifier,
  readElement,
  readElements,
  SEQUENCE,
  timeOf,
} from './der.ts';
import type { CertificateFacts } from './observations.ts';
import { cut } from './text.ts';

const SUBJECT_ALT_NAME = '2.5.29.17';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const TLS_FEATURE = '1.3.6.1.5.5.7.1.24';
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
const MOST_NAMES = 200;

const MOST_KEPT = 256;
const kept = new Map<string, { facts: CertificateFacts; x509: X509Certificate }>();

/** Reads a certificate (RFC 5280); undefined where the bytes are none. The last ones are kept: most come again. */
export function readCertificate(der: Buffer): CertificateFacts | undefined {
  const fingerprint = crypto.hash('sha256', der);
  const known = kept.get(fingerprint);
  if (known) return known.facts;
  try {
    const x509 = new X509Certificate(der);
    const facts = factsOf(x509, fingerprint);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(fingerprint, { facts, x509 });
    return facts;
  } catch {
    return;
  }
}

/** The certificate behind its facts. */
export const x509Of = ({ fingerprint, pem }: CertificateFacts): X509Certificate =>
  kept.get(fingerprint)?.x509 ?? new X509Certificate(pem);

function factsOf(certificate: X509Certificate, fingerprint: string): CertificateFacts {
  const { subject, issuer, serialNumber, ca } = certificate;
  const fields = toBeSigned(certificate.raw);
  const extensions = extensionsOf(fields);
  const [notBefore, notAfter] = validityOf(fields);
  return {
    subject: cut(oneLine(subject), 500),
    issuer: cut(oneLine(issuer), 500),
    serial: serialNumber,
    not_before: isoTime(notBefore),
    not_after: isoTime(notAfter),
    dns_names: namesOf(extensions, DNS_NAME).map((name) => cut(name.toString('latin1'), 300)),
    ip_addresses: namesOf(extensions, IP_ADDRESS).flatMap((bytes) => addressText(bytes) ?? []),
    key: keyOf(certificate),
    signature_algorithm: signatureAlgorithm(certificate.raw),
    extended_key_usage: usagesOf(extensions),
    must_staple: extensions.has(TLS_FEATURE),
    is_ca: ca,
    fingerprint,
    pem: certificate.toString(),
  };
}

/** Node writes a line for each part of a name. */
const oneLine = (name: string | undefined): string => (name ?? '').split('\n').join(', ');

const isoTime = (time: Element | undefined): string => {
  const at = time ? timeOf(time) : Number.NaN;
  return Number.isNaN(at) ? '' : new Date(at).toISOString();
};

/** The fields of the part that is signed, without the version in front. */
function toBeSigned(der: Buffer): Element[] {
  const [signed] = readElements(contentOf(readElement(der), SEQUENCE));
  const fields = readElements(contentOf(signed, SEQUENCE));
  return fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
}

const validityOf = (fields: readonly Element[]): Element[] => readElements(contentOf(fields[3], SEQUENCE));

/** Of the certificate's own signature. */
function signatureAlgorithm(der: Buffer): string {
  const [, algorithm] = readElements(contentOf(readElement(der), SEQUENCE));
  const [identifier] = readElements(contentOf(algorithm, SEQUENCE));
  return objectIdentifier(contentOf(identifier, OBJECT_IDENTIFIER));
}

/** The value of each extension by its identifier. */
function extensionsOf(fields: readonly Element[]): Map<string, Buffer> {
  const wrapper = fields.find(({ tag }) => tag === 0xa3);
  if (!wrapper) return new Map();
  const list = readElements(contentOf(readElement(wrapper.content), SEQUENCE));
  return new Map(
    list.map((extension) => {
      const parts = readElements(contentOf(extension, SEQUENCE));
      const id = objectIdentifier(contentOf(parts[0], OBJECT_IDENTIFIER));
      return [id, contentOf(parts.at(-1), OCTET_STRING)];
    }),
  );
}

function namesOf(extensions: ReadonlyMap<string, Buffer>, tag: number): Buffer[] {
  const value = extensions.get(SUBJECT_ALT_NAME);
  if (!value) return [];
  return readElements(contentOf(readElement(value), SEQUENCE))
    .filter((name) => name.tag === tag)
    .slice(0, MOST_NAMES)
    .map(({ content }) => content);
}

function addressText(bytes: Buffer): string | undefined {
  if (bytes.length === 4) return bytes.join('.');
  return bytes.length === 16
    ? canonicalAddress(bytes.toString('hex').replace(/(....)(?!$)/g, '$1:'))
    : undefined;
}

function usagesOf(extensions: ReadonlyMap<string, Buffer>): string[] | null {
  const value = extensions.get(EXTENDED_KEY_USAGE);
  if (!value) return null;
  return readElements(contentOf(readElement(value), SEQUENCE))
    .slice(0, 50)
    .map((usage) => objectIdentifier(contentOf(usage, OBJECT_IDENTIFIER)));
}

function keyOf(certificate: X509Certificate): CertificateFacts['key'] {
  try {
    const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = certificate.publicKey;
    const curve = details?.namedCurve ?? null;
    const bits =
      details?.modulusLength ?? (curve === null ? null : Number(/\d{3}/.exec(curve)?.[0] ?? Number.NaN));
    return { type, bits: Number.isNaN(bits) ? null : bits, curve };
  } catch {
    return { type: 'unknown', bits: null, curve: null };
  }
}
