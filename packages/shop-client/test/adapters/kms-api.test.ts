import { afterEach, describe, expect, test, vi } from 'vitest';
import { KmsApi } from '../../src/adapters/kms-api.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

afterEach(() => vi.unstubAllEnvs());

function withoutAwsSettings() {
  for (const name of [
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_PROFILE',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
  ]) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
}

describe('what is missing on this machine is named', () => {
  test('no region', async () => {
    withoutAwsSettings();
    await expect(new KmsApi({ credentials }).getPublicKey('alias/a')).rejects.toMatchObject({
      code: 'region_missing',
    });
  });

  test('a region set later is found', async () => {
    withoutAwsSettings();
    const kms = new KmsApi({ credentials, endpoint: 'http://127.0.0.1:1' });
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({ code: 'region_missing' });
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({ code: 'key_unavailable' });
  });

  test('no credentials', async () => {
    withoutAwsSettings();
    const kms = new KmsApi({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' });
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({ code: 'credentials_missing' });
  });

  test('nobody listening', async () => {
    const kms = new KmsApi({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', credentials });
    await expect(kms.getPublicKey('alias/a')).rejects.toMatchObject({
      code: 'key_unavailable',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
