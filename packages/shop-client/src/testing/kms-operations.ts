import { KmsError } from './kms-errors.ts';
import { blob, integer, invalidMember, type KmsInput, optionalText, text } from './kms-input.ts';
import {
  assertNotPendingDeletion,
  assertUsable,
  generatePrivateKey,
  isKeySpec,
  isRsaSpec,
  type KmsKeySpec,
  type KmsKeyUsage,
  keyMetadata,
  newKey,
  publicKeyAnswer,
} from './kms-keys.ts';
import { decrypt, encrypt, forEncryption } from './kms-rsa.ts';
import type { KmsAlias, KmsStore } from './kms-store.ts';

/** One action of the API: (the account's keys, the request, seconds since 1970) -> the answer. */
type Operation = (store: KmsStore, input: KmsInput, now: number) => object | Promise<object>;

const NOTHING = {};
const DAY = 86_400;

const usageFor = (spec: KmsKeySpec, usage: string): KmsKeyUsage => {
  const allowed: KmsKeyUsage[] = isRsaSpec(spec)
    ? ['ENCRYPT_DECRYPT', 'SIGN_VERIFY']
    : [spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY'];
  const found = allowed.find((one) => one === usage);
  if (found === undefined) {
    throw new KmsError('ValidationException', `KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  }
  return found;
};

const createKey: Operation = async (store, input, now) => {
  const spec =
    optionalText(input, 'KeySpec') ?? optionalText(input, 'CustomerMasterKeySpec') ?? 'SYMMETRIC_DEFAULT';
  if (!isKeySpec(spec)) {
    throw invalidMember(spec, 'KeySpec', ['RSA_2048', 'RSA_3072', 'RSA_4096', 'SYMMETRIC_DEFAULT']);
  }
  const usage = usageFor(spec, optionalText(input, 'KeyUsage') ?? 'ENCRYPT_DECRYPT');
  const description = optionalText(input, 'Description') ?? '';
  const key = newKey(
    { ...store, now },
    { spec, usage, description, privateKey: await generatePrivateKey(spec) },
  );
  store.keys.set(key.id, key);
  return { KeyMetadata: keyMetadata(key, store.accountId) };
};

const pointing =
  (point: (store: KmsStore, ...rest: Parameters<KmsStore['addAlias']>) => void): Operation =>
  (store, input, now) => {
    const name = text(input, 'AliasName');
    const target = text(input, 'TargetKeyId');
    if (target.startsWith('alias/')) {
      throw new KmsError('ValidationException', 'Aliases must refer to keys. Not aliases');
    }
    const key = store.findKey(target);
    assertNotPendingDeletion(key);
    point(store, name, key, now);
    return NOTHING;
  };

const deleteAlias: Operation = (store, input) => {
  store.aliases.delete(store.alias(text(input, 'AliasName')).name);
  return NOTHING;
};

const aliasEntry = (alias: KmsAlias) => ({
  AliasArn: alias.arn,
  AliasName: alias.name,
  CreationDate: alias.createdAt,
  LastUpdatedDate: alias.updatedAt,
  TargetKeyId: alias.targets.at(-1),
});

const listAliases: Operation = (store, input) => {
  const keyId = optionalText(input, 'KeyId');
  const limit = integer(input, 'Limit', { min: 1, max: 100, fallback: 50 });
  const marker = optionalText(input, 'Marker') ?? '0';
  if (!/^\d{1,9}$/.test(marker)) throw new KmsError('InvalidMarkerException', 'Could not deserialize marker');
  const target = keyId === undefined ? undefined : store.findKey(keyId).id;
  const all = [...store.aliases.values()].filter(
    (alias) => target === undefined || alias.targets.at(-1) === target,
  );
  const end = Number(marker) + limit;
  const more = end < all.length ? { NextMarker: String(end), Truncated: true } : { Truncated: false };
  return { Aliases: all.slice(Number(marker), end).map(aliasEntry), ...more };
};

const describeKey: Operation = (store, input) => ({
  KeyMetadata: keyMetadata(store.find(text(input, 'KeyId')), store.accountId),
});

const getPublicKey: Operation = (store, input) => {
  const key = store.find(text(input, 'KeyId'));
  assertUsable(key);
  return publicKeyAnswer(key);
};

const algorithmOf = (input: KmsInput): string =>
  optionalText(input, 'EncryptionAlgorithm') ?? 'SYMMETRIC_DEFAULT';

const encryptAction: Operation = (store, input) => {
  const found = store.find(text(input, 'KeyId'));
  const plaintext = blob(input, 'Plaintext', 4096);
  assertUsable(found);
  const { key, algorithm } = forEncryption(found, algorithmOf(input), 'Encrypt');
  const ciphertext = encrypt(key, algorithm, plaintext);
  return { CiphertextBlob: ciphertext.toString('base64'), EncryptionAlgorithm: algorithm, KeyId: key.arn };
};

const decryptAction: Operation = (store, input) => {
  const ciphertext = blob(input, 'CiphertextBlob', 6144);
  const keyId = optionalText(input, 'KeyId');
  // Only a symmetric ciphertext names its own key.
  if (keyId === undefined) throw new KmsError('InvalidCiphertextException');
  const found = store.find(keyId);
  assertUsable(found);
  const { key, algorithm } = forEncryption(found, algorithmOf(input), 'Decrypt');
  const plaintext = decrypt(key, algorithm, ciphertext);
  return { EncryptionAlgorithm: algorithm, KeyId: key.arn, Plaintext: plaintext.toString('base64') };
};

const switching =
  (state: 'Enabled' | 'Disabled'): Operation =>
  (store, input) => {
    const key = store.findKey(text(input, 'KeyId'));
    assertNotPendingDeletion(key);
    key.state = state;
    return NOTHING;
  };

const scheduleKeyDeletion: Operation = (store, input, now) => {
  const key = store.findKey(text(input, 'KeyId'));
  const days = integer(input, 'PendingWindowInDays', { min: 7, max: 30, fallback: 30 });
  assertNotPendingDeletion(key);
  key.state = 'PendingDeletion';
  key.deletionDate = now + days * DAY;
  return { DeletionDate: key.deletionDate, KeyId: key.arn, KeyState: key.state, PendingWindowInDays: days };
};

const cancelKeyDeletion: Operation = (store, input) => {
  const key = store.findKey(text(input, 'KeyId'));
  if (key.state !== 'PendingDeletion') {
    throw new KmsError('KMSInvalidStateException', `${key.arn} is not pending deletion.`);
  }
  key.state = 'Disabled';
  key.deletionDate = undefined;
  return { KeyId: key.arn };
};

/** The actions by the name that follows `TrentService.` in X-Amz-Target. */
export const OPERATIONS = {
  CancelKeyDeletion: cancelKeyDeletion,
  CreateAlias: pointing((store, ...rest) => store.addAlias(...rest)),
  CreateKey: createKey,
  Decrypt: decryptAction,
  DeleteAlias: deleteAlias,
  DescribeKey: describeKey,
  DisableKey: switching('Disabled'),
  EnableKey: switching('Enabled'),
  Encrypt: encryptAction,
  GetPublicKey: getPublicKey,
  ListAliases: listAliases,
  ScheduleKeyDeletion: scheduleKeyDeletion,
  UpdateAlias: pointing((store, ...rest) => store.pointAlias(...rest)),
} as const satisfies Record<string, Operation>;

export type KmsOperation = keyof typeof OPERATIONS;

export const isKmsOperation = (name: string): name is KmsOperation => Object.hasOwn(OPERATIONS, name);
