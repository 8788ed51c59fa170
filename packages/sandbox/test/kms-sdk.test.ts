import { createPublicKey } from 'node:crypto';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GetPublicKeyCommand,
  KMSClient,
  ListAliasesCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../src/index.ts';
import { askPlain } from './support/client.ts';
import { rsaKey } from './support/keys.ts';

const ALIAS = 'alias/KeyL-AMIS1';
const OAEP = 'RSAES_OAEP_SHA_256' as const;

let sandbox: Sandbox;
let kms: KMSClient;

beforeAll(async () => {
  sandbox = await startSandbox({ keys: { AMIS1: rsaKey } });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  kms = new KMSClient({ endpoint: sandbox.kmsEndpoint, region: sandbox.region, credentials, maxAttempts: 1 });
});

afterAll(async () => {
  kms.destroy();
  await sandbox.close();
});

const newKey = async (input: ConstructorParameters<typeof CreateKeyCommand>[0] = {}) => {
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT', ...input }),
  );
  return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' };
};

const encrypt = (input: Partial<ConstructorParameters<typeof EncryptCommand>[0]> = {}) =>
  kms.send(
    new EncryptCommand({
      KeyId: ALIAS,
      Plaintext: Buffer.from('a sale'),
      EncryptionAlgorithm: OAEP,
      ...input,
    }),
  );

const decrypt = (input: Partial<ConstructorParameters<typeof DecryptCommand>[0]> = {}) =>
  kms.send(
    new DecryptCommand({
      KeyId: ALIAS,
      CiphertextBlob: Buffer.alloc(256),
      EncryptionAlgorithm: OAEP,
      ...input,
    }),
  );

const getPublicKey = (KeyId: string) => kms.send(new GetPublicKeyCommand({ KeyId }));

test('what Encrypt made, Decrypt opens, with the key named in all four ways', async () => {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: ALIAS }));
  const { Arn = '', KeyId = '' } = KeyMetadata ?? {};
  const aliasArn = Arn.replace(/key\/.*/, ALIAS);
  for (const name of [KeyId, Arn, ALIAS, aliasArn]) {
    const { CiphertextBlob, KeyId: by } = await encrypt({ KeyId: name });
    expect(CiphertextBlob).toHaveLength(256);
    expect(by).toBe(Arn);
    const { Plaintext = new Uint8Array() } = await decrypt({ KeyId: name, CiphertextBlob });
    expect(Buffer.from(Plaintext).toString()).toBe('a sale');
  }
});

test('DescribeKey tells of a key what AWS tells', async () => {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: ALIAS }));
  expect(KeyMetadata).toEqual({
    AWSAccountId: '000000000000',
    Arn: expect.stringMatching(/^arn:aws:kms:eu-west-1:000000000000:key\/[0-9a-f-]{36}$/),
    CreationDate: expect.any(Date),
    CustomerMasterKeySpec: 'RSA_2048',
    Description: '',
    Enabled: true,
    EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
    KeyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    KeyManager: 'CUSTOMER',
    KeySpec: 'RSA_2048',
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    MultiRegion: false,
    Origin: 'AWS_KMS',
  });
  expect(Math.abs(Date.now() - Number(KeyMetadata?.CreationDate))).toBeLessThan(60_000);
});

test('GetPublicKey gives the key itself with its usage and algorithms', async () => {
  const { PublicKey = new Uint8Array(), ...rest } = await getPublicKey(ALIAS);
  const expected = createPublicKey(rsaKey).export({ type: 'spki', format: 'der' });
  expect(Buffer.from(PublicKey)).toEqual(expected);
  expect(rest).toMatchObject({
    KeySpec: 'RSA_2048',
    KeyUsage: 'ENCRYPT_DECRYPT',
    EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  });
});

describe('the largest plaintext', () => {
  test.each([
    ['RSA_2048', OAEP, 190],
    ['RSA_2048', 'RSAES_OAEP_SHA_1', 214],
    ['RSA_3072', OAEP, 318],
    ['RSA_3072', 'RSAES_OAEP_SHA_1', 342],
    ['RSA_4096', OAEP, 446],
    ['RSA_4096', 'RSAES_OAEP_SHA_1', 470],
  ] as const)('for %s with %s is %i bytes', async (KeySpec, EncryptionAlgorithm, limit) => {
    const { id: KeyId } = await newKey({ KeySpec });
    for (const size of [limit - 1, limit]) {
      const Plaintext = Buffer.alloc(size, 1);
      const { CiphertextBlob } = await encrypt({ KeyId, EncryptionAlgorithm, Plaintext });
      const opened = await decrypt({ KeyId, EncryptionAlgorithm, CiphertextBlob });
      expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
    }
    await expect(
      encrypt({ KeyId, EncryptionAlgorithm, Plaintext: Buffer.alloc(limit + 1) }),
    ).rejects.toMatchObject({
      name: 'ValidationException',
      message: `Algorithm ${EncryptionAlgorithm} and key spec ${KeySpec} cannot encrypt data larger than ${limit} bytes.`,
    });
  });
});

describe('a key that may not be used is refused by name', () => {
  test('disabled, until it is enabled again', async () => {
    const { id: KeyId, arn } = await newKey();
    await kms.send(new DisableKeyCommand({ KeyId }));
    const refused = { name: 'DisabledException', message: `${arn} is disabled.` };
    await expect(getPublicKey(KeyId)).rejects.toMatchObject(refused);
    await expect(encrypt({ KeyId })).rejects.toMatchObject(refused);
    await expect(decrypt({ KeyId })).rejects.toMatchObject(refused);
    await kms.send(new EnableKeyCommand({ KeyId }));
    expect((await encrypt({ KeyId })).CiphertextBlob).toHaveLength(256);
  });

  test('pending deletion, until that is cancelled and it is enabled again', async () => {
    const { id: KeyId } = await newKey();
    const { DeletionDate } = await kms.send(
      new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }),
    );
    expect(Number(DeletionDate) - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    const refused = { name: 'KMSInvalidStateException' };
    await expect(getPublicKey(KeyId)).rejects.toMatchObject(refused);
    await expect(encrypt({ KeyId })).rejects.toMatchObject(refused);
    await expect(kms.send(new EnableKeyCommand({ KeyId }))).rejects.toMatchObject(refused);
    await expect(
      kms.send(new UpdateAliasCommand({ AliasName: ALIAS, TargetKeyId: KeyId })),
    ).rejects.toMatchObject(refused);
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({ KeyState: 'PendingDeletion', Enabled: false, DeletionDate });
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    await expect(encrypt({ KeyId })).rejects.toMatchObject({ name: 'DisabledException' });
    await expect(kms.send(new CancelKeyDeletionCommand({ KeyId }))).rejects.toMatchObject(refused);
  });

  test('for another usage', async () => {
    const { id: KeyId, arn } = await newKey({ KeyUsage: 'SIGN_VERIFY' });
    await expect(encrypt({ KeyId })).rejects.toMatchObject({
      name: 'InvalidKeyUsageException',
      message: `${arn} key usage is SIGN_VERIFY which is not valid for Encrypt.`,
    });
    await expect(decrypt({ KeyId })).rejects.toMatchObject({ name: 'InvalidKeyUsageException' });
    expect(await getPublicKey(KeyId)).toMatchObject({
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: expect.arrayContaining(['RSASSA_PSS_SHA_256']),
    });
  });

  test('with an algorithm that is not its own', async () => {
    await expect(encrypt({ EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })).rejects.toMatchObject({
      name: 'InvalidKeyUsageException',
      message: 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
    });
  });

  test('symmetric, whose public key does not exist', async () => {
    const { id: KeyId } = await newKey({ KeySpec: 'SYMMETRIC_DEFAULT' });
    await expect(getPublicKey(KeyId)).rejects.toMatchObject({ name: 'UnsupportedOperationException' });
    await expect(encrypt({ KeyId, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
    });
  });
});

describe('a key that is not there is refused by name', () => {
  const uuid = '11111111-2222-4333-8444-555555555555';
  test.each([
    ['alias/KeyL-NOWHERE', 'NotFoundException', 'alias/KeyL-NOWHERE is not found.'],
    [uuid, 'NotFoundException', `key/${uuid}' does not exist`],
    ['KeyL-AMIS1', 'NotFoundException', "Invalid keyId 'KeyL-AMIS1'"],
    [`arn:aws:kms:eu-west-1:000000000000:key/${uuid}`, 'NotFoundException', 'does not exist'],
    [`arn:aws:kms:us-east-1:000000000000:${ALIAS}`, 'NotFoundException', 'Invalid arn us-east-1'],
    [`arn:aws:kms:eu-west-1:111111111111:${ALIAS}`, 'NotFoundException', 'does not exist'],
    ['arn:aws:s3:::bucket', 'InvalidArnException', 'Invalid arn arn:aws:s3:::bucket'],
  ])('%s', async (KeyId, name, message) => {
    const refused = { name, message: expect.stringContaining(message), $metadata: { httpStatusCode: 400 } };
    await expect(getPublicKey(KeyId)).rejects.toMatchObject(refused);
  });
});

test('a ciphertext that is wrong, for another key or of another algorithm is refused', async () => {
  const refused = { name: 'InvalidCiphertextException' };
  const { CiphertextBlob = new Uint8Array() } = await encrypt();
  const flipped = Uint8Array.from(CiphertextBlob, (byte, at) => (at === 100 ? byte ^ 1 : byte));
  await expect(decrypt({ CiphertextBlob: flipped })).rejects.toMatchObject(refused);
  await expect(decrypt({ CiphertextBlob: CiphertextBlob.slice(1) })).rejects.toMatchObject(refused);
  const { id: KeyId } = await newKey();
  await expect(decrypt({ KeyId, CiphertextBlob })).rejects.toMatchObject(refused);
  await expect(decrypt({ EncryptionAlgorithm: 'RSAES_OAEP_SHA_1', CiphertextBlob })).rejects.toMatchObject(
    refused,
  );
});

test('an alias is made, listed, repointed and deleted', async () => {
  const [first, second] = [await newKey(), await newKey()];
  const AliasName = 'alias/KeyM-AMIS9';
  await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: first.arn }));
  await expect(kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: first.id }))).rejects.toMatchObject({
    name: 'AlreadyExistsException',
  });
  await kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: second.id }));
  const { Aliases, Truncated } = await kms.send(new ListAliasesCommand({ KeyId: second.id }));
  expect(Truncated).toBe(false);
  expect(Aliases).toMatchObject([{ AliasName, TargetKeyId: second.id, CreationDate: expect.any(Date) }]);
  expect((await getPublicKey(AliasName)).KeyId).toBe(second.arn);
  await kms.send(new DeleteAliasCommand({ AliasName }));
  for (const gone of [
    getPublicKey(AliasName),
    kms.send(new DeleteAliasCommand({ AliasName })),
    kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: second.id })),
  ]) {
    await expect(gone).rejects.toMatchObject({ name: 'NotFoundException' });
  }
});

test.each([
  ['a name without prefix', { AliasName: 'KeyL-AMIS1' }, 'ValidationException'],
  ['another alias as its target', { TargetKeyId: ALIAS }, 'ValidationException'],
  ['no key as its target', { TargetKeyId: 'nothing' }, 'NotFoundException'],
])('an alias with %s is refused', async (_what, change, name) => {
  const { id: TargetKeyId } = await newKey();
  const command = new CreateAliasCommand({ AliasName: 'alias/x', TargetKeyId, ...change });
  await expect(kms.send(command)).rejects.toMatchObject({ name });
});

test('ListAliases goes page by page', async () => {
  const { id: TargetKeyId } = await newKey();
  for (const n of [1, 2, 3]) {
    await kms.send(new CreateAliasCommand({ AliasName: `alias/page-${n}`, TargetKeyId }));
  }
  const list = (Marker?: string) =>
    kms.send(new ListAliasesCommand({ KeyId: TargetKeyId, Limit: 2, Marker }));
  const { Aliases: one = [], NextMarker, Truncated } = await list();
  const { Aliases: two = [], Truncated: more } = await list(NextMarker);
  expect([...one, ...two].map(({ AliasName }) => AliasName)).toEqual([1, 2, 3].map((n) => `alias/page-${n}`));
  expect([Truncated, more]).toEqual([true, false]);
  await expect(list('x')).rejects.toMatchObject({ name: 'InvalidMarkerException' });
});

test.each([
  ['ThrottlingException', 400],
  ['KeyUnavailableException', 500],
  ['KMSInternalException', 500],
  ['DependencyTimeoutException', 503],
  ['AccessDeniedException', 400],
  ['ExpiredTokenException', 400],
  ['UnrecognizedClientException', 400],
  ['InvalidSignatureException', 400],
])('told to fail with %s, KMS does so once and is counted', async (name, httpStatusCode) => {
  const before = sandbox.kms.calls['GetPublicKey'] ?? 0;
  sandbox.kms.failNext(name);
  await expect(getPublicKey(ALIAS)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
  expect((await getPublicKey(ALIAS)).PublicKey).toBeDefined();
  expect(sandbox.kms.calls['GetPublicKey']).toBe(before + 2);
});

test('the SDK gets over two throttled calls by itself', async () => {
  const patient = new KMSClient({ endpoint: sandbox.kmsEndpoint, region: sandbox.region, maxAttempts: 3 });
  sandbox.kms.failNext('ThrottlingException', 2);
  expect((await patient.send(new GetPublicKeyCommand({ KeyId: ALIAS }))).PublicKey).toBeDefined();
  patient.destroy();
});

test('KMS is told to fail only in ways that it knows', () => {
  expect(() => sandbox.kms.failNext('NoSuchException')).toThrow(
    'AWS KMS has no error named NoSuchException.',
  );
});

test.each([
  ['an unknown action', 'TrentService.Sign', '{}', 400, '{"__type":"UnknownOperationException"}'],
  ['no action', undefined, '{}', 400, '{"__type":"UnknownOperationException"}'],
  ['an inherited name', 'TrentService.constructor', '{}', 400, '{"__type":"UnknownOperationException"}'],
  [
    'a body that is no JSON',
    'TrentService.DescribeKey',
    '<xml/>',
    400,
    '{"__type":"SerializationException"}',
  ],
])('%s is answered as AWS JSON 1.1 does', async (_what, target, body, status, text) => {
  const headers = target === undefined ? {} : { 'x-amz-target': target };
  const answer = await askPlain(sandbox.pageUrl, { method: 'POST', headers }, body);
  expect(answer).toMatchObject({ status, text });
  expect(answer.headers).toMatchObject({
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-errortype': JSON.parse(text).__type,
    'x-amzn-requestid': expect.any(String),
  });
});

test.each([
  ['a member that is missing', 'GetPublicKey', {}, 'ValidationException'],
  ['a member of another type', 'GetPublicKey', { KeyId: 7 }, 'SerializationException'],
  ['a plaintext that is no base64', 'Encrypt', { KeyId: ALIAS, Plaintext: '?' }, 'SerializationException'],
  [
    'a plaintext above 4096 bytes',
    'Encrypt',
    { KeyId: ALIAS, Plaintext: 'AAAA'.repeat(1366) },
    'ValidationException',
  ],
  ['a key spec of no kind', 'CreateKey', { KeySpec: 'RSA_512' }, 'ValidationException'],
  [
    'a usage that does not suit',
    'CreateKey',
    { KeySpec: 'ECC_NIST_P256', KeyUsage: 'ENCRYPT_DECRYPT' },
    'ValidationException',
  ],
  ['a ciphertext without its key', 'Decrypt', { CiphertextBlob: 'AAAA' }, 'InvalidCiphertextException'],
])('%s is refused by name', async (_what, action, input, name) => {
  const headers = { 'x-amz-target': `TrentService.${action}` };
  const { text } = await askPlain(sandbox.pageUrl, { method: 'POST', headers }, JSON.stringify(input));
  expect(JSON.parse(text)).toMatchObject({ __type: name });
});
