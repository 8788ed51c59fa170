import { createPrivateKey, createPublicKey, generateKeyPair, KeyObject, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { KmsError } from './kms-errors.ts';

const generate = promisify(generateKeyPair);

const RSA_BITS = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 } as const;
const CURVES = { ECC_NIST_P256: 'P-256', ECC_NIST_P384: 'P-384', ECC_NIST_P521: 'P-521' } as const;

export type RsaKeySpec = keyof typeof RSA_BITS;
export type KmsKeySpec = RsaKeySpec | keyof typeof CURVES | 'SYMMETRIC_DEFAULT';
export type KmsKeyUsage = 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY';
export type KmsKeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

/** A private key as it is handed in: a PEM text (PKCS#8 or PKCS#1) or node's own object. */
export type PrivateKeyInput = string | KeyObject;

export interface KmsKey {
  readonly id: string;
  readonly arn: string;
  readonly spec: KmsKeySpec;
  readonly usage: KmsKeyUsage;
  readonly description: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Absent for SYMMETRIC_DEFAULT. */
  readonly privateKey: KeyObject | undefined;
  readonly publicKey: KeyObject | undefined;
  state: KmsKeyState;
  /** Seconds since 1970, while the state is PendingDeletion. */
  deletionDate: number | undefined;
}

export type RsaKey = KmsKey & {
  readonly spec: RsaKeySpec;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
};

const isSpecOf = <T extends object>(table: T, spec: string): spec is Extract<keyof T, string> =>
  Object.hasOwn(table, spec);

export const isRsaSpec = (spec: string): spec is RsaKeySpec => isSpecOf(RSA_BITS, spec);

export const isKeySpec = (spec: string): spec is KmsKeySpec =>
  spec === 'SYMMETRIC_DEFAULT' || isRsaSpec(spec) || isSpecOf(CURVES, spec);

export const isRsaKey = (key: KmsKey): key is RsaKey => isRsaSpec(key.spec) && key.privateKey !== undefined;

/** A fresh private key of that spec; nothing for a symmetric key, which never leaves KMS. */
export const generatePrivateKey = async (spec: KmsKeySpec): Promise<KeyObject | undefined> => {
  if (spec === 'SYMMETRIC_DEFAULT') return undefined;
  const pair = isRsaSpec(spec)
    ? await generate('rsa', { modulusLength: RSA_BITS[spec] })
    : await generate('ec', { namedCurve: CURVES[spec] });
  return pair.privateKey;
};

/** @throws TypeError where it is no private key, or not RSA with 2048, 3072 or 4096 bits. */
export const importPrivateKey = (input: PrivateKeyInput): { spec: RsaKeySpec; privateKey: KeyObject } => {
  const privateKey = input instanceof KeyObject ? input : createPrivateKey(input);
  const spec = `RSA_${privateKey.asymmetricKeyDetails?.modulusLength}`;
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'rsa' || !isRsaSpec(spec)) {
    throw new TypeError('An imported key must be an RSA private key of 2048, 3072 or 4096 bits.');
  }
  return { spec, privateKey };
};

export const newKey = (
  base: { region: string; accountId: string; now: number },
  material: { spec: KmsKeySpec; usage: KmsKeyUsage; description?: string; privateKey: KeyObject | undefined },
): KmsKey => {
  const id = randomUUID();
  return {
    id,
    arn: `arn:aws:kms:${base.region}:${base.accountId}:key/${id}`,
    spec: material.spec,
    usage: material.usage,
    description: material.description ?? '',
    createdAt: base.now,
    privateKey: material.privateKey,
    publicKey: material.privateKey && createPublicKey(material.privateKey),
    state: 'Enabled',
    deletionDate: undefined,
  };
};

const algorithms = ({ spec, usage }: KmsKey) => {
  if (spec === 'SYMMETRIC_DEFAULT') return { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] };
  if (usage === 'ENCRYPT_DECRYPT')
    return { EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] };
  if (!isRsaSpec(spec)) return { SigningAlgorithms: [`ECDSA_SHA_${spec.slice(-3).replace('521', '512')}`] };
  const hashes = ['SHA_256', 'SHA_384', 'SHA_512'];
  return {
    SigningAlgorithms: ['RSASSA_PKCS1_V1_5', 'RSASSA_PSS'].flatMap((name) =>
      hashes.map((hash) => `${name}_${hash}`),
    ),
  };
};

/** KeyMetadata, as CreateKey and DescribeKey give it. Dates in seconds since 1970. */
export const keyMetadata = (key: KmsKey, accountId: string) => ({
  AWSAccountId: accountId,
  Arn: key.arn,
  CreationDate: key.createdAt,
  CustomerMasterKeySpec: key.spec,
  ...(key.deletionDate === undefined ? {} : { DeletionDate: key.deletionDate }),
  Description: key.description,
  Enabled: key.state === 'Enabled',
  ...algorithms(key),
  KeyId: key.id,
  KeyManager: 'CUSTOMER',
  KeySpec: key.spec,
  KeyState: key.state,
  KeyUsage: key.usage,
  MultiRegion: false,
  Origin: 'AWS_KMS',
});

/** What GetPublicKey answers. `PublicKey` is the DER SubjectPublicKeyInfo in base64. */
export const publicKeyAnswer = (key: KmsKey) => {
  if (key.publicKey === undefined) {
    throw new KmsError(
      'UnsupportedOperationException',
      `${key.arn} key spec is ${key.spec} which is not valid for GetPublicKey.`,
    );
  }
  const der = key.publicKey.export({ type: 'spki', format: 'der' });
  return {
    CustomerMasterKeySpec: key.spec,
    ...algorithms(key),
    KeyId: key.arn,
    KeySpec: key.spec,
    KeyUsage: key.usage,
    PublicKey: der.toString('base64'),
  };
};

/** @throws KmsError DisabledException or KMSInvalidStateException where the key cannot be used now. */
export const assertUsable = (key: KmsKey): void => {
  assertNotPendingDeletion(key);
  if (key.state === 'Disabled') throw new KmsError('DisabledException', `${key.arn} is disabled.`);
};

/** @throws KmsError KMSInvalidStateException */
export const assertNotPendingDeletion = (key: KmsKey): void => {
  if (key.state === 'PendingDeletion') {
    throw new KmsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
  }
};
