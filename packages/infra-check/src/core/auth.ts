import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  type AuthPlan,
  type AuthSettings,
  type ClientIdentity,
  PROOFS,
  type Proof,
} from './auth-settings.ts';
import { CheckInputError } from './check-error.ts';
import { certificatesIn } from './pem.ts';
import { printable } from './text.ts';

const NO_AUTH: AuthPlan = { certificate: null, sigV4: null, apiKey: null, proxy: null };

/** What is presented. */
export const presentedBy = ({ certificate, sigV4, apiKey }: AuthPlan): Proof[] => [
  ...(certificate ? (['client-certificate'] as const) : []),
  ...(sigV4 ? (['sigv4'] as const) : []),
  ...(apiKey ? (['api-key'] as const) : []),
];

/** Names the field, so that whoever read it from an option or a file can say which; never its value. */
export class AuthError extends CheckInputError {
  readonly field: keyof AuthSettings;
  /** What follows the name in the sentence. */
  readonly problem: string;

  constructor(field: keyof AuthSettings, problem: string, hint: string) {
    super(`The expectation auth.${field} ${problem}.`, hint);
    this.name = 'AuthError';
    this.field = field;
    this.problem = problem;
  }
}

const KNOWN: ReadonlySet<string> = new Set<keyof AuthSettings>([
  'cert',
  'key',
  'passphrase',
  'sigV4',
  'apiKey',
  'proxy',
]);

/** @throws {AuthError | CheckInputError} that names the field and none of its value */
export function authPlanOf(auth: AuthSettings | undefined): AuthPlan {
  if (auth === undefined) return NO_AUTH;
  const unknown = Object.keys(auth).find((name) => !KNOWN.has(name));
  if (unknown !== undefined)
    throw new CheckInputError(
      `The expectation auth.${printable(unknown)} is not known.`,
      'See AuthSettings.',
    );
  return {
    certificate: identityOf(auth),
    sigV4: sigV4Of(auth.sigV4),
    apiKey: apiKeyOf(auth.apiKey),
    proxy: proxyCredentialsOf(auth.proxy),
  };
}

const PAIR = 'Give the certificate and its private key, both in PEM.';

function identityOf({ cert, key, passphrase }: AuthSettings): ClientIdentity | null {
  if (cert === undefined && key === undefined && passphrase === undefined) return null;
  if (cert === undefined)
    throw new AuthError('cert', 'is missing: a private key proves nothing without its certificate', PAIR);
  if (key === undefined)
    throw new AuthError('key', 'is missing: a certificate proves nothing without its private key', PAIR);
  const pem = typeof cert === 'string' ? certificatesIn(cert) : undefined;
  const own = pem && certificateIn(pem);
  if (!pem || !own)
    throw new AuthError('cert', 'does not hold a certificate in PEM', 'Give a PEM file, from BEGIN to END.');
  const privateKey = privateKeyOf(key, passphrase);
  if (!own.checkPrivateKey(privateKey)) {
    throw new AuthError(
      'key',
      'is not the private key of the certificate',
      'Give the pair that belongs together; the own certificate comes first in its file.',
    );
  }
  const plain = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return {
    cert: pem.join('\n'),
    key: () => plain,
    subject: own.subject.replaceAll('\n', ', '),
    notBefore: Date.parse(own.validFrom),
    notAfter: Date.parse(own.validTo),
  };
}

/** The first; undefined where any of them cannot be read. */
function certificateIn(all: readonly string[]): X509Certificate | undefined {
  try {
    return all.map((pem) => new X509Certificate(pem))[0];
  } catch {
    return;
  }
}

/** RFC 7468, 11, and the older form of RFC 1421. */
const ENCRYPTED = /^(-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m;

function privateKeyOf(key: unknown, passphrase: unknown) {
  const text = typeof key === 'string' ? key : '';
  if (passphrase !== undefined && (typeof passphrase !== 'string' || passphrase === ''))
    throw new AuthError('passphrase', 'is empty', 'Write the passphrase into its file, in one line.');
  try {
    return createPrivateKey({ key: text, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    // What OpenSSL says may quote what it could not read.
    if (!ENCRYPTED.test(text)) throw new AuthError('key', 'does not hold a private key in PEM', PAIR);
    throw passphrase === undefined
      ? new AuthError(
          'passphrase',
          'is missing: the private key is encrypted',
          'Give the file of its passphrase.',
        )
      : new AuthError('passphrase', 'does not open the private key', 'Give the passphrase of this key.');
  }
}

function sigV4Of(value: unknown): AuthPlan['sigV4'] {
  if (value === undefined || value === false) return null;
  if (value === true) return { region: null, service: 'execute-api' };
  const { region = null, service = 'execute-api' } = Object(value) as Record<string, unknown>;
  const isPlain = (text: unknown): text is string =>
    typeof text === 'string' && /^[a-z0-9-]{1,64}$/.test(text);
  if (typeof value === 'object' && (region === null || isPlain(region)) && isPlain(service))
    return { region, service };
  throw new AuthError(
    'sigV4',
    'is neither true nor a region and a service',
    'Write true, or { region, service }.',
  );
}

/** Any visible ASCII, as the till takes it: API Gateway's keys are such. */
function apiKeyOf(value: unknown): AuthPlan['apiKey'] {
  if (value === undefined) return null;
  if (typeof value === 'string' && /^[\x21-\x7e]{1,256}$/.test(value)) return () => value;
  throw new AuthError(
    'apiKey',
    'does not hold an API key: up to 256 visible ASCII characters without spaces',
    'Write the value of the key, and nothing else, into its file.',
  );
}

/** RFC 7617: the user name has no colon, and neither has control characters. */
function proxyCredentialsOf(value: unknown): AuthPlan['proxy'] {
  if (value === undefined) return null;
  if (typeof value === 'string' && /^[^:\p{Cc}]*:\P{Cc}{0,512}$/u.test(value) && value !== ':')
    return () => value;
  throw new AuthError(
    'proxy',
    'does not hold USER:PASSWORD in one line',
    'Write user name, colon and password, and nothing else, into the file.',
  );
}

/** Each once. @throws {CheckInputError} */
export function proofsOf(names: readonly string[]): ReadonlySet<Proof> {
  return new Set(
    names.map((name) => {
      const proof = PROOFS.find((one) => one === name);
      if (proof) return proof;
      throw new CheckInputError(
        (spell) => `The value "${printable(name)}" of ${spell('expectAuth')} is not known.`,
        `Write one of ${PROOFS.join(', ')}.`,
      );
    }),
  );
}

/** Keeps the secrets where no inspection and no JSON shows them. */
export function hiddenAuth(auth: AuthSettings): AuthSettings {
  return Object.defineProperties(
    {},
    Object.fromEntries(Object.entries(auth).map(([name, value]) => [name, { value, enumerable: false }])),
  );
}
