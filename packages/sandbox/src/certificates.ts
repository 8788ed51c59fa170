import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import * as der from './der.ts';
import * as extension from './extensions.ts';
import type { Certificate, CertificateRequest } from './types.ts';

/** RFC 5758, 3.2, and RFC 3279, 2.2.3 */
const ECDSA_WITH = {
  sha256: der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2')),
  sha1: der.sequence(der.objectIdentifier('1.2.840.10045.4.1')),
};
const COMMON_NAME = der.objectIdentifier('2.5.4.3');
const VERSION_3 = der.explicit(0, der.integer(Buffer.from([2])));

const HOUR_MS = 3_600_000;
/** As long as Amazon's public certificates live. */
const LIFETIME_MS = 198 * 24 * HOUR_MS;

/** A throwaway certificate authority with an EC P-256 key. */
export function createAuthority(commonName = 'shop-sandbox throwaway CA'): Certificate {
  const keys = newKeys();
  const extensions = authorityExtensions(keys.publicKey, 1);
  return certify({ names: [], commonName }, keys, extensions, { commonName, key: keys.privateKey });
}

/** An authority that the one that createAuthority() made vouches for, and that signs servers' certificates only. */
export function issueIntermediate(authority: Certificate, commonName: string): Certificate {
  const keys = newKeys();
  const { issuer, id } = issuerOf(authority);
  const extensions = [...authorityExtensions(keys.publicKey, 0), extension.issuerKeyId(id)];
  return certify({ names: [], commonName }, keys, extensions, issuer);
}

/** A server's certificate that the authority signed. */
export function issueCertificate(authority: Certificate, request: CertificateRequest): Certificate {
  const { issuer, id } = issuerOf(authority);
  const extensions = [...serverExtensions(request), extension.issuerKeyId(id)];
  return certify(request, newKeys(request.rsaBits), extensions, issuer);
}

function issuerOf({ cert, key }: Certificate) {
  const { subject, publicKey } = new X509Certificate(cert);
  return {
    issuer: { commonName: subject.replace(/^CN=/, ''), key: createPrivateKey(key) },
    id: idOf(publicKey),
  };
}

/** A server's certificate that nobody else vouches for. */
export function selfSignedCertificate(request: Omit<CertificateRequest, 'rsaBits'>): Certificate {
  const keys = newKeys();
  const commonName = commonNameOf(request);
  return certify(request, keys, serverExtensions(request), { commonName, key: keys.privateKey });
}

/** RFC 5280, 4.1 */
function certify(
  request: CertificateRequest,
  keys: { publicKey: KeyObject; privateKey: KeyObject },
  extensions: readonly Buffer[],
  issuer: { commonName: string; key: KeyObject },
): Certificate {
  const { notBefore, notAfter } = validity(request);
  const { signedWith = 'sha256' } = request;
  const content = der.sequence(
    VERSION_3,
    der.integer(serialNumber()),
    ECDSA_WITH[signedWith],
    name(issuer.commonName),
    der.sequence(der.time(notBefore), der.time(notAfter)),
    name(commonNameOf(request)),
    spki(keys.publicKey),
    der.explicit(3, der.sequence(...extensions)),
  );
  const signature = der.bitString(sign(signedWith, content, issuer.key));
  const certificate = new X509Certificate(der.sequence(content, ECDSA_WITH[signedWith], signature));
  return {
    cert: certificate.toString(),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const newKeys = (rsaBits?: number) =>
  rsaBits === undefined
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: rsaBits });

/** 127 random bits, the highest of them set: positive, and of one length. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

const name = (commonName: string): Buffer =>
  commonName === ''
    ? der.sequence()
    : der.sequence(der.set(der.sequence(COMMON_NAME, der.utf8String(commonName))));

const commonNameOf = ({ names, commonName = names[0] ?? '' }: CertificateRequest): string => commonName;

function validity({ notBefore, notAfter }: CertificateRequest): { notBefore: Date; notAfter: Date } {
  const start = notBefore ?? new Date(Math.min(Date.now(), notAfter?.getTime() ?? Date.now()) - HOUR_MS);
  return { notBefore: start, notAfter: notAfter ?? new Date(start.getTime() + LIFETIME_MS) };
}

const authorityExtensions = (publicKey: KeyObject, below: number): Buffer[] => [
  extension.authority(below),
  extension.signsCertificates(),
  extension.keyId(idOf(publicKey)),
];

const serverExtensions = ({ names, usage = 'serverAuth' }: CertificateRequest): Buffer[] => [
  extension.endEntity(),
  extension.signsHandshakes(),
  extension.purpose(usage),
  ...(names.length > 0 ? [extension.dnsNames(names)] : []),
];

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

const idOf = (key: KeyObject): Buffer => createHash('sha256').update(spki(key)).digest().subarray(0, 20);
