import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { boolean, commonName, element, extension, integer, oid, sequence, time } from './der.ts';

/** Certificates that no library would make, for servers that are wrong in one way each. */
export interface Issued {
  cert: string;
  key: string;
  der: Buffer;
  subject: string;
  /** The subject as it is written. */
  name: Buffer;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export interface Request {
  subject?: string;
  names?: readonly string[];
  ips?: readonly string[];
  notBefore?: Date;
  notAfter?: Date;
  isCa?: boolean;
  usage?: string | null;
  mustStaple?: boolean;
  keys?: { publicKey: KeyObject; privateKey: KeyObject };
  hash?: Hash;
  padding?: number;
  /** How the names are written; default as UTF8String, and as in the issuer itself. */
  name?: Buffer;
  issuerName?: Buffer;
  /** Default what `isCa` says, without a length of the path; null leaves it out. */
  basicConstraints?: { isCa: boolean; pathLength?: number } | null;
  /** The first byte of the bits; default keyCertSign and cRLSign for authorities. */
  keyUsage?: number | null;
  /** Default that of the issuer. */
  authorityKeyId?: Buffer | null;
  /** In the place of what names and addresses say. */
  alternative?: Buffer;
  /** In the place of what `usage` says. */
  extendedUsage?: Buffer;
  extra?: readonly Buffer[];
  /** Written as version 1, which has no extensions. */
  isFirstVersion?: boolean;
  notAfterBytes?: Buffer;
  isForged?: boolean;
  /** Written with an indefinite length, which is no DER, and which OpenSSL reads. */
  isBer?: boolean;
}

export type Hash = 'sha256' | 'sha384' | 'sha1' | 'pss-sha256' | 'pss-sha1';

const SIGNATURES: Readonly<Record<'rsa' | 'ec', Partial<Record<Hash, string>>>> = {
  rsa: { sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11', sha384: '1.2.840.113549.1.1.12' },
  ec: { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3' },
};

/** RSASSA-PSS with SHA-256; of SHA-1 all is the default, which is not written. */
function pssParameters(hash: Hash): Buffer {
  if (hash === 'pss-sha1') return sequence();
  const sha256 = sequence(oid('2.16.840.1.101.3.4.2.1'), element(5));
  return sequence(
    element(0xa0, sha256),
    element(0xa1, sequence(oid('1.2.840.113549.1.1.8'), sha256)),
    element(0xa2, integer(32)),
  );
}

function algorithm(hash: Hash, key: KeyObject): Buffer {
  if (hash.startsWith('pss-')) return sequence(oid('1.2.840.113549.1.1.10'), pssParameters(hash));
  const kind = key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec';
  return sequence(oid(SIGNATURES[kind][hash] ?? ''), ...(kind === 'rsa' ? [element(5)] : []));
}

function signed(content: Buffer, hash: Hash, key: KeyObject): Buffer {
  if (!hash.startsWith('pss-')) return sign(hash, content, key);
  const saltLength = hash === 'pss-sha1' ? 20 : 32;
  return sign(hash.slice(4), content, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

export const rsaKeys = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
export const ecKeys = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve });

const DAY = 86_400_000;
export const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY);

const keyId = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();

/** One certificate, signed by the issuer or, without one, by itself. */
export function issue(request: Request, issuer?: Issued): Issued {
  const { names = [], subject = names[0] ?? '', hash = 'sha256' } = request;
  const { publicKey, privateKey } = request.keys ?? ecKeys();
  const signer = issuer?.privateKey ?? privateKey;
  const name = request.name ?? commonName(subject);
  const content = sequence(
    ...(request.isFirstVersion ? [] : [element(0xa0, integer(2))]),
    element(2, Buffer.concat([Buffer.from([0x40]), randomBytes(11)])),
    algorithm(hash, signer),
    request.issuerName ?? issuer?.name ?? name,
    sequence(
      time(request.notBefore ?? daysFromNow(-20)),
      request.notAfterBytes ?? time(request.notAfter ?? daysFromNow(178)),
    ),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(request.isFirstVersion
      ? []
      : [
          extensionList(
            request,
            sequence(...extensionsOf(request, publicKey, issuer?.publicKey ?? publicKey)),
          ),
        ]),
  );
  const signature = signed(request.isForged ? sequence(content) : content, hash, signer);
  const der = sequence(content, algorithm(hash, signer), element(3, Buffer.from([0]), signature));
  const cert = new X509Certificate(der).toString();
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { cert, key, der, subject, name, privateKey, publicKey };
}

const extensionList = ({ isBer }: Request, list: Buffer): Buffer =>
  isBer ? Buffer.concat([Buffer.from([0xa3, 0x80]), list, Buffer.alloc(2)]) : element(0xa3, list);

function extensionsOf(request: Request, own: KeyObject, issuers: KeyObject): Buffer[] {
  const { names = [], ips = [], isCa = false, usage = '1.3.6.1.5.5.7.3.1' } = request;
  const basic = request.basicConstraints === undefined ? { isCa } : request.basicConstraints;
  const keyUsage = request.keyUsage === undefined && isCa ? 6 : (request.keyUsage ?? null);
  const authority = request.authorityKeyId === undefined ? keyId(issuers) : request.authorityKeyId;
  const alternative = sequence(
    ...names.map((one) => element(0x82, Buffer.from(one, 'latin1'))),
    ...ips.map((one) => element(0x87, Buffer.from(one.split('.').map(Number)))),
  );
  const extended = request.extendedUsage ?? (!isCa && usage !== null ? sequence(oid(usage)) : null);
  return [
    ...(basic ? [extension('2.5.29.19', basicConstraints(basic), true)] : []),
    extension('2.5.29.14', element(4, keyId(own))),
    ...(authority ? [extension('2.5.29.35', sequence(element(0x80, authority)))] : []),
    ...(keyUsage === null ? [] : [extension('2.5.29.15', Buffer.from([3, 2, 0, keyUsage]), true)]),
    ...(extended ? [extension('2.5.29.37', extended)] : []),
    ...(request.alternative || names.length + ips.length > 0
      ? [extension('2.5.29.17', request.alternative ?? alternative)]
      : []),
    ...(request.mustStaple ? [extension('1.3.6.1.5.5.7.1.24', sequence(integer(5)))] : []),
    ...(request.padding ? [extension('1.2.3.4.5', element(4, Buffer.alloc(request.padding)))] : []),
    ...(request.extra ?? []),
  ];
}

const basicConstraints = ({ isCa, pathLength }: { isCa: boolean; pathLength?: number }): Buffer =>
  sequence(...(isCa ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)]));

export interface Pki {
  root: Issued;
  intermediate: Issued;
  leaf: Issued;
}

/** A root, an intermediate and a server's certificate. */
export function makePki(leaf: Request = {}, intermediate: Request = {}, top: Request = {}): Pki {
  const root = issue({ subject: 'Test Root', isCa: true, notAfter: daysFromNow(3_000), ...top });
  const middle = issue(
    { subject: 'Test Intermediate', isCa: true, notAfter: daysFromNow(900), ...intermediate },
    root,
  );
  return { root, intermediate: middle, leaf: issue({ names: ['api.shop.test'], ...leaf }, middle) };
}

/** A successful OCSP response about the certificate (RFC 6960), signed by its issuer or whom it is told. */
export function ocspResponse(
  { leaf, intermediate }: Pki,
  status: 'good' | 'revoked' | 'unknown',
  { signer = intermediate, nextUpdate = daysFromNow(3) }: { signer?: Issued; nextUpdate?: Date } = {},
): Buffer {
  const serial = Buffer.from(new X509Certificate(leaf.der).serialNumber, 'hex');
  const certId = sequence(
    sequence(oid('1.3.14.3.2.26'), element(5)),
    element(4, Buffer.alloc(20)),
    element(4, Buffer.alloc(20)),
    element(2, serial),
  );
  const state = {
    good: element(0x80),
    revoked: element(0xa1, time(daysFromNow(-1))),
    unknown: element(0x82),
  }[status];
  const single = sequence(certId, state, time(daysFromNow(-1)), element(0xa0, time(nextUpdate)));
  const data = sequence(element(0xa2, element(4, Buffer.alloc(20))), time(daysFromNow(-1)), sequence(single));
  const signature = sign('sha256', data, signer.privateKey);
  const basic = sequence(
    data,
    algorithm('sha256', signer.privateKey),
    element(3, Buffer.from([0]), signature),
  );
  return sequence(
    element(0x0a, Buffer.from([0])),
    element(0xa0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), element(4, basic))),
  );
}
