import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';

/** Certificates that no library would make, for servers that are wrong in one way each. */
export interface Issued {
  cert: string;
  key: string;
  der: Buffer;
  subject: string;
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
  hash?: 'sha256' | 'sha1';
  padding?: number;
  /** How the issuer's name is written; default a UTF8String, as in the issuer itself. */
  issuerTag?: number;
}

type Bytes = Uint8Array;

const element = (tag: number, ...contents: readonly Bytes[]): Buffer => {
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

const sequence = (...contents: readonly Bytes[]): Buffer => element(0x30, ...contents);

const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const base128 = (value: number): number[] =>
    value < 128 ? [value] : [...base128(Math.floor(value / 128)).map((byte) => byte | 128), value % 128];
  return element(6, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
};

const time = (date: Date): Buffer =>
  element(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));

const algorithm = (hash: string, key: KeyObject): Buffer => {
  const isRsa = key.asymmetricKeyType === 'rsa';
  const rsa = hash === 'sha1' ? '1.2.840.113549.1.1.5' : '1.2.840.113549.1.1.11';
  const ec = hash === 'sha1' ? '1.2.840.10045.4.1' : '1.2.840.10045.4.3.2';
  return sequence(oid(isRsa ? rsa : ec), ...(isRsa ? [element(5)] : []));
};

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [element(1, Buffer.from([255]))] : []), element(4, value));

export const rsaKeys = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
const ecKeys = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve });

const DAY = 86_400_000;
export const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY);

const keyId = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();

/** One certificate, signed by the issuer or, without one, by itself. */
export function issue(request: Request, issuer?: Issued): Issued {
  const {
    names = [],
    ips = [],
    subject = names[0] ?? '',
    isCa = false,
    usage = '1.3.6.1.5.5.7.3.1',
  } = request;
  const { publicKey, privateKey } = request.keys ?? ecKeys();
  const signer = issuer?.privateKey ?? privateKey;
  const hash = request.hash ?? 'sha256';
  const name = (text: string, tag = 0x0c) =>
    sequence(element(0x31, sequence(oid('2.5.4.3'), element(tag, Buffer.from(text)))));
  const alternative = sequence(
    ...names.map((one) => element(0x82, Buffer.from(one, 'latin1'))),
    ...ips.map((one) => element(0x87, Buffer.from(one.split('.').map(Number)))),
  );
  const extensions = [
    extension('2.5.29.19', sequence(...(isCa ? [element(1, Buffer.from([255]))] : [])), true),
    extension('2.5.29.14', element(4, keyId(publicKey))),
    extension('2.5.29.35', sequence(element(0x80, keyId(issuer?.publicKey ?? publicKey)))),
    ...(isCa ? [extension('2.5.29.15', Buffer.from([3, 2, 1, 6]), true)] : []),
    ...(!isCa && usage !== null ? [extension('2.5.29.37', sequence(oid(usage)))] : []),
    ...(names.length + ips.length > 0 ? [extension('2.5.29.17', alternative)] : []),
    ...(request.mustStaple ? [extension('1.3.6.1.5.5.7.1.24', sequence(element(2, Buffer.from([5]))))] : []),
    ...(request.padding ? [extension('1.2.3.4.5', element(4, Buffer.alloc(request.padding)))] : []),
  ];
  const content = sequence(
    element(0xa0, element(2, Buffer.from([2]))),
    element(2, Buffer.concat([Buffer.from([0x40]), randomBytes(11)])),
    algorithm(hash, signer),
    name(issuer?.subject ?? subject, request.issuerTag),
    sequence(time(request.notBefore ?? daysFromNow(-20)), time(request.notAfter ?? daysFromNow(178))),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions)),
  );
  const signature = sign(hash, content, signer);
  const der = sequence(content, algorithm(hash, signer), element(3, Buffer.from([0]), signature));
  const cert = new X509Certificate(der).toString();
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { cert, key, der, subject, privateKey, publicKey };
}

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
