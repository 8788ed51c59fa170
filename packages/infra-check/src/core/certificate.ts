import crypto, { X509Certificate } from 'node:crypto';
import { canonicalAddress } from './address.ts';
import { readSignature, type SignatureAlgorithm } from './algorithms.ts';
import { contentOf, type Element, readElement, readElements, SEQUENCE, timeOf } from './der.ts';
import { nameKey } from './distinguished-name.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import { DNS_NAME, directoryName, type GeneralName, IP_ADDRESS } from './name-constraints.ts';
import type { CertificateFacts } from './observations.ts';
import { cut } from './text.ts';

/** What a path is built and verified with, beside the facts. */
export interface CertificateDetails {
  /** The same for names that are the same. */
  subjectKey: string;
  issuerKey: string;
  /** Name and public key: certificates of which both are the same differ in who vouches for them. */
  entity: string;
  /** The subject as a name that constraints may forbid; null where it is empty. */
  subject: GeneralName | null;
  extensions: Extensions;
  hasExtensions: boolean;
  signature: SignatureAlgorithm;
  x509: X509Certificate;
}

interface Read {
  facts: CertificateFacts;
  details: CertificateDetails;
}

const EXTENSIONS = 0xa3;
const MOST_KEPT = 256;
const kept = new Map<string, CertificateFacts>();
const detailsFor = new WeakMap<CertificateFacts, CertificateDetails>();

/** Reads a certificate (RFC 5280); undefined where the bytes are none. The last ones are kept: most come again. */
export function readCertificate(der: Buffer): CertificateFacts | undefined {
  const fingerprint = crypto.hash('sha256', der);
  const known = kept.get(fingerprint);
  if (known) return known;
  try {
    const { facts, details } = readAll(new X509Certificate(der), fingerprint);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(fingerprint, facts);
    detailsFor.set(facts, details);
    return facts;
  } catch {
    return;
  }
}

/** The certificate behind its facts. */
export const x509Of = (facts: CertificateFacts): X509Certificate => detailsOf(facts).x509;

/** @throws where the facts are not of a certificate */
export function detailsOf(facts: CertificateFacts): CertificateDetails {
  const known = detailsFor.get(facts);
  if (known) return known;
  const { details } = readAll(new X509Certificate(facts.pem), facts.fingerprint);
  detailsFor.set(facts, details);
  return details;
}

function readAll(x509: X509Certificate, fingerprint: string): Read {
  const [signed, algorithm] = readElements(contentOf(readElement(x509.raw), SEQUENCE));
  const fields = fieldsOf(signed);
  const [, , issuer, validity, subject, publicKey] = fields;
  const extensions = readExtensions(fields);
  const signature = readSignature(contentOf(algorithm, SEQUENCE));
  const [notBefore, notAfter] = readElements(contentOf(validity, SEQUENCE));
  const subjectKey = nameKey(contentOf(subject, SEQUENCE));
  const details = {
    subjectKey,
    issuerKey: nameKey(contentOf(issuer, SEQUENCE)),
    entity: `${subjectKey} ${publicKey?.whole.toString('base64')}`,
    subject: subject && subject.content.length > 0 ? directoryName(subject) : null,
    extensions,
    hasExtensions: fields.some(({ tag }) => tag === EXTENSIONS),
    signature,
    x509,
  };
  const facts = {
    subject: cut(oneLine(x509.subject), 500),
    issuer: cut(oneLine(x509.issuer), 500),
    serial: x509.serialNumber,
    not_before: isoTime(notBefore),
    not_after: isoTime(notAfter),
    dns_names: namesOf(extensions, DNS_NAME).map((name) => cut(name.toString('latin1'), 300)),
    ip_addresses: namesOf(extensions, IP_ADDRESS).flatMap((bytes) => addressText(bytes) ?? []),
    key: keyOf(x509),
    signature_algorithm: signature.id,
    extended_key_usage: extensions.extendedKeyUsage,
    must_staple: extensions.mustStaple,
    is_ca: x509.ca,
    fingerprint,
    pem: x509.toString(),
  };
  return { facts, details };
}

/** Node writes a line for each part of a name. */
const oneLine = (name: string | undefined): string => (name ?? '').split('\n').join(', ');

const isoTime = (time: Element | undefined): string => {
  const at = time ? timeOf(time) : Number.NaN;
  return Number.isNaN(at) ? '' : new Date(at).toISOString();
};

/** The fields of the part that is signed, without the version in front. */
function fieldsOf(signed: Element | undefined): Element[] {
  const fields = readElements(contentOf(signed, SEQUENCE));
  return fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
}

/** As many as a report shows. */
export const MOST_NAMES = 200;

/** All of them. */
export const dnsNames = (facts: CertificateFacts): string[] =>
  detailsOf(facts)
    .extensions.names.filter(({ tag }) => tag === DNS_NAME)
    .map(({ content }) => content.toString('latin1'));

const namesOf = ({ names }: Extensions, tag: number): Buffer[] =>
  names
    .filter((name) => name.tag === tag)
    .slice(0, MOST_NAMES)
    .map(({ content }) => content);

function addressText(bytes: Buffer): string | undefined {
  if (bytes.length === 4) return bytes.join('.');
  return bytes.length === 16
    ? canonicalAddress(bytes.toString('hex').replace(/(....)(?!$)/g, '$1:'))
    : undefined;
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
