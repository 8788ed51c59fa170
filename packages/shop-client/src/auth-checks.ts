import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { ClientCertificate } from './core/client-certificate.ts';
import { Secret } from './core/secret.ts';
import { InvalidOptionError } from './errors.ts';
import { areCredentials, certificatesIn, matching, refuseUnknown, wrong } from './option-checks.ts';
import type { Auth, AuthSettings, KmsSettings, SigV4Settings } from './ports.ts';

const KNOWN = { cert: true, key: true, passphrase: true, sigV4: true, apiKey: true } satisfies Record<
  keyof AuthSettings,
  true
>;
const KNOWN_SIGV4 = { region: true, service: true, credentials: true } satisfies Record<
  keyof SigV4Settings,
  true
>;

/** @param url as checkUrl() gave it @throws {InvalidOptionError} that names the option and none of its value */
export function checkAuth(auth: AuthSettings | undefined, url: string, kms: KmsSettings): Auth | undefined {
  if (auth === undefined) return;
  refuseUnknown('auth', auth, KNOWN);
  if (Object.values(auth).every((value) => value === undefined)) {
    throw wrong('auth', 'names nothing: it needs cert and key, sigV4 or apiKey');
  }
  const sigV4 = checkSigV4(auth.sigV4, kms);
  return {
    certificate: checkCertificate(auth, url),
    ...(sigV4 && { sigV4 }),
    apiKey: checkApiKey(auth.apiKey),
  };
}

function checkCertificate(
  { cert, key, passphrase }: AuthSettings,
  url: string,
): ClientCertificate | undefined {
  if (cert === undefined && key === undefined && passphrase === undefined) return;
  if (cert === undefined)
    throw wrong('auth.cert', 'is missing: a private key proves nothing without its certificate');
  if (key === undefined)
    throw wrong('auth.key', 'is missing: a certificate proves nothing without its private key');
  if (url.startsWith('http:')) throw wrong('auth.cert', 'needs a url that begins with https://');
  const certificates = certificatesIn(cert);
  const [first] = certificates;
  if (first === undefined) throw wrong('auth.cert', 'must hold one or more certificates in PEM form');
  const privateKey = checkPrivateKey(key, passphrase);
  const own = new X509Certificate(first);
  if (!own.checkPrivateKey(privateKey)) {
    throw new InvalidOptionError(
      'auth.key',
      'is not the private key of the certificate in auth.cert',
      "Give the pair that belongs together; this till's own certificate comes first in its file.",
    );
  }
  return {
    pem: certificates.join('\n'),
    key: privateKey,
    subject: own.subject.replaceAll('\n', ', '),
    notBefore: Date.parse(own.validFrom),
    notAfter: Date.parse(own.validTo),
  };
}

function checkPrivateKey(key: unknown, passphrase: unknown): KeyObject {
  const problem = 'must hold a private key in PEM form';
  if (typeof key !== 'string') throw wrong('auth.key', problem);
  if (passphrase !== undefined && (typeof passphrase !== 'string' || passphrase === '')) {
    throw wrong('auth.passphrase', 'must be a text that is not empty');
  }
  try {
    return createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    // What OpenSSL says may quote what it could not read.
    if (!ENCRYPTED.test(key)) throw wrong('auth.key', problem);
    if (passphrase !== undefined) throw wrong('auth.passphrase', 'does not open the private key');
    throw wrong('auth.passphrase', 'is missing: the private key is encrypted');
  }
}

/** RFC 7468, 11, and the older form of RFC 1421. */
const ENCRYPTED = /^(-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m;

function checkSigV4(value: AuthSettings['sigV4'], kms: KmsSettings): Auth['sigV4'] {
  if (value === undefined) return;
  if (typeof value === 'boolean') {
    if (!value) throw wrong('auth.sigV4', 'must be true or an object; leave it out to send unsigned');
    return checkSigV4({}, kms);
  }
  refuseUnknown('auth.sigV4', value, KNOWN_SIGV4);
  const { region = kms.region, service = 'execute-api', credentials } = value;
  if (region !== undefined) {
    matching('auth.sigV4.region', region, /^[a-z0-9-]{1,64}$/, 'a region such as "eu-west-1"');
  }
  matching('auth.sigV4.service', service, /^[a-z0-9-]{1,64}$/, 'a service such as "execute-api"');
  if (credentials !== undefined && !areCredentials(credentials)) {
    throw wrong(
      'auth.sigV4.credentials',
      'must have accessKeyId and secretAccessKey, or be a function that gives them',
    );
  }
  return { region, service, credentials: hidden(credentials ?? kms.credentials) };
}

/** A function shows nothing of what it gives. */
function hidden(credentials: SigV4Settings['credentials']): SigV4Settings['credentials'] {
  return typeof credentials === 'object' ? async () => credentials : credentials;
}

/** Any visible ASCII: API Gateway's keys are such, and so is what other gateways demand in this header. */
function checkApiKey(value: unknown): Secret | undefined {
  if (value === undefined) return;
  const form = 'the value of an API key: up to 256 visible ASCII characters and no spaces';
  return new Secret(matching('auth.apiKey', value, /^[\x21-\x7e]{1,256}$/, form));
}
