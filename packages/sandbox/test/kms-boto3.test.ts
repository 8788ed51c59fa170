import { execFile, spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../src/index.ts';
import { rsaKey } from './support/keys.ts';

const run = promisify(execFile);
const hasBoto3 = spawnSync('python3', ['-c', 'import boto3']).status === 0;

const SCRIPT = `
import base64, json, os
import boto3
from botocore.exceptions import ClientError

# boto3 reads AWS_ENDPOINT_URL_KMS from 1.28 on.
reads_it = tuple(map(int, boto3.__version__.split('.')[:2])) >= (1, 28)
kms = boto3.client('kms', endpoint_url=None if reads_it else os.environ['AWS_ENDPOINT_URL_KMS'])
alias, oaep = 'alias/KeyL-AMIS1', 'RSAES_OAEP_SHA_256'

def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response['Error']['Code']

sealed = kms.encrypt(KeyId=alias, Plaintext=b'a sale', EncryptionAlgorithm=oaep)['CiphertextBlob']
symmetric = kms.create_key()['KeyMetadata']['KeyId']
print(json.dumps({
    'opened': kms.decrypt(KeyId=alias, CiphertextBlob=sealed, EncryptionAlgorithm=oaep)['Plaintext'].decode(),
    'public_key': base64.b64encode(kms.get_public_key(KeyId=alias)['PublicKey']).decode(),
    'created': kms.describe_key(KeyId=alias)['KeyMetadata']['CreationDate'].timestamp(),
    'aliases': [one['AliasName'] for page in kms.get_paginator('list_aliases').paginate() for one in page['Aliases']],
    'refused': [
        refused(kms.get_public_key, KeyId='alias/none'),
        refused(kms.get_public_key, KeyId=symmetric),
        refused(kms.encrypt, KeyId=alias, Plaintext=b'x' * 191, EncryptionAlgorithm=oaep),
        refused(kms.decrypt, KeyId=alias, CiphertextBlob=b'x' * 256, EncryptionAlgorithm=oaep),
    ],
}))
`;

describe.skipIf(!hasBoto3)(
  `boto3${hasBoto3 ? '' : ' (skipped: python3 with boto3 is not here; pip install boto3)'}`,
  () => {
    let sandbox: Sandbox;

    beforeAll(async () => {
      sandbox = await startSandbox({ keys: { AMIS1: rsaKey } });
    });

    afterAll(() => sandbox.close());

    test('encrypts, decrypts, gets the public key and is refused by the same names', async () => {
      const env = { ...process.env, ...sandbox.env };
      const { stdout } = await run('python3', ['-c', SCRIPT], { env });
      const spki = createPublicKey(rsaKey).export({ type: 'spki', format: 'der' });
      expect(JSON.parse(stdout)).toEqual({
        opened: 'a sale',
        public_key: spki.toString('base64'),
        created: expect.closeTo(Date.now() / 1000, -2),
        aliases: ['alias/KeyL-AMIS1'],
        refused: [
          'NotFoundException',
          'UnsupportedOperationException',
          'ValidationException',
          'InvalidCiphertextException',
        ],
      });
    });
  },
);
