import { verify, X509Certificate } from 'node:crypto';
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
  timeOf,
} from './der.ts';

/** What a stapled answer says of a certificate (RFC 6960). */
export interface OcspAnswer {
  status: 'good' | 'revoked' | 'unknown';
  thisUpdate: number;
  /** Null where the answer names no end. */
  nextUpdate: number | null;
  /** Whether the issuer, or a responder that it authorised, signed it. */
  genuine: boolean;
}

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
};

/** Undefined where the bytes are no successful answer about that certificate. */
export function readOcsp(
  der: Buffer,
  leaf: X509Certificate,
  issuer: X509Certificate,
): OcspAnswer | undefined {
  try {
    return read(der, leaf, issuer);
  } catch {
    return;
  }
}

function read(der: Buffer, leaf: X509Certificate, issuer: X509Certificate): OcspAnswer | undefined {
  const [status, wrapped] = readElements(contentOf(readElement(der), SEQUENCE));
  if (status?.content[0] !== 0 || wrapped?.tag !== 0xa0) return;
  const [, response] = readElements(contentOf(readElement(wrapped.content), SEQUENCE));
  const parts = readElements(contentOf(readElement(contentOf(response, OCTET_STRING)), SEQUENCE));
  const [data, algorithm, signature, certificates] = parts;
  if (!data || !algorithm || !signature) return;
  const single = singleResponses(data).find((one) => isAbout(one, leaf));
  if (!single) return;
  const [, certStatus, thisUpdate, nextUpdate] = readElements(single.content);
  if (!certStatus || !thisUpdate) return;
  return {
    status: STATUS[certStatus.tag & 0x1f] ?? 'unknown',
    thisUpdate: timeOf(thisUpdate),
    nextUpdate: nextUpdate?.tag === 0xa0 ? timeOf(readElement(nextUpdate.content)) : null,
    genuine: isGenuine(
      data.whole,
      algorithm,
      contentOf(signature, BIT_STRING).subarray(1),
      certificates,
      issuer,
    ),
  };
}

const STATUS = ['good', 'revoked', 'unknown'] as const;

/** Behind version, responder and time of production. */
function singleResponses(data: Element): Element[] {
  const list = readElements(data.content).find(({ tag }) => tag === SEQUENCE);
  return list ? readElements(list.content) : [];
}

/** By the serial number; names and keys are compared by the signature. */
function isAbout(single: Element, leaf: X509Certificate): boolean {
  const [certId] = readElements(single.content);
  const serial = contentOf(readElements(contentOf(certId, SEQUENCE))[3], INTEGER).toString('hex');
  return serial.replace(/^(00)+/, '').toUpperCase() === leaf.serialNumber.replace(/^(00)+/, '').toUpperCase();
}

function isGenuine(
  data: Buffer,
  algorithm: Element,
  signature: Buffer,
  certificates: Element | undefined,
  issuer: X509Certificate,
): boolean {
  const identifier = objectIdentifier(contentOf(readElements(algorithm.content)[0], OBJECT_IDENTIFIER));
  const hash = HASHES[identifier];
  if (!hash) return false;
  const delegates = certificates ? readElements(contentOf(readElement(certificates.content), SEQUENCE)) : [];
  const responders = delegates.slice(0, 4).flatMap(({ whole }) => {
    const certificate = new X509Certificate(whole);
    const isAuthorised = certificate.keyUsage?.includes(OCSP_SIGNING) && certificate.verify(issuer.publicKey);
    return isAuthorised ? [certificate] : [];
  });
  return [issuer, ...responders].some(({ publicKey }) => verify(hash, data, publicKey, signature));
}
