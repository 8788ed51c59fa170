import { DeleteBasePathMappingCommand, UpdateBasePathMappingCommand } from '@aws-sdk/client-api-gateway';
import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkInfra } from '../../src/check.ts';
import type { Expectations } from '../../src/core/expectations.ts';
import { withAwsEnvironment } from './support/env.ts';
import { hasMoto, MOTO_MISSING, type Moto, startMoto } from './support/moto.ts';
import { buildShop, type ShopInMoto } from './support/shop-in-moto.ts';

withAwsEnvironment();

/** No DNS is needed here, and none is found: nothing listens there. */
const ROAD: Expectations = {
  aws: true,
  shops: ['AMIS1'],
  stage: 'prod',
  only: ['control-plane'],
  resolvers: ['127.0.0.1:9'],
  connect: '127.0.0.1:9',
};

describe.skipIf(!hasMoto)(`the settings of a shop as moto plays them${MOTO_MISSING}`, () => {
  let moto: Moto;
  let shop: ShopInMoto;

  beforeAll(async () => {
    moto = await startMoto();
    process.env['AWS_ENDPOINT_URL'] = moto.url;
    shop = await buildShop('shop.test', 'AMIS1');
  });

  afterAll(() => moto.stop());

  const statuses = async (expectations: Expectations = {}, name = 'api.shop.test') => {
    const { findings } = await checkInfra(name, { ...ROAD, ...expectations });
    return Object.fromEntries(
      findings.map(({ check, status }) => [check.replace('control-plane.', ''), status]),
    );
  };
  const summaryOf = async (check: string, expectations: Expectations = {}) => {
    const { findings } = await checkInfra('api.shop.test', { ...ROAD, ...expectations });
    return findings.find((one) => one.check === check)?.summary;
  };

  test('what is right is found right, and what moto cannot tell is not called good', async () => {
    expect(await statuses({ api: shop.api })).toEqual({
      access: 'ok',
      'domain-name': 'ok',
      endpoint: 'ok',
      'tls-policy': 'ok',
      'mutual-tls': 'ok',
      mapping: 'ok',
      stage: 'ok',
      method: 'ok',
      alias: 'ok',
      'key-alias': 'ok',
      'key-state': 'ok',
      'key-usage': 'ok',
      // nobody delegates to moto, nobody resolves it, and it serves nothing
      zone: 'unknown',
      validation: 'unknown',
      'served-certificate': 'skipped',
      // moto has no TestDNSAnswer, uses no certificate, and renews none
      'dns-answer': 'unknown',
      certificate: 'warning',
      renewal: 'warning',
    });
  });

  test('a name without a custom domain name is told, and nothing is said of what would stand behind it', async () => {
    expect(await statuses({}, 'amis.shop.test')).toMatchObject({
      'domain-name': 'critical',
      mapping: 'skipped',
      stage: 'skipped',
      certificate: 'skipped',
      alias: 'critical',
    });
  });

  test('another API or stage than the expected one is named', async () => {
    expect(await summaryOf('control-plane.mapping', { api: 'abcde12345' })).toBe(
      `/shop leads to the API ${shop.api} and not to abcde12345 (the mapping of the empty path).`,
    );
    expect(await summaryOf('control-plane.mapping', { stage: 'test' })).toBe(
      '/shop leads to the stage prod and not to test (the mapping of the empty path).',
    );
  });

  test('a path without a POST method is named', async () => {
    expect(await summaryOf('control-plane.method', { path: '/shops' })).toBe(
      'The API takes no POST at /shops.',
    );
  });

  test('a shop without a key, and a disabled key, are named', async () => {
    expect(await summaryOf('control-plane.key-alias', { shops: ['AMIS1', 'AMIS9'] })).toBe(
      'KMS has no key by alias/KeyL-AMIS9 in eu-west-1 of this account.',
    );
    expect(await summaryOf('control-plane.key-alias', { keyPrefix: 'alias/KeyM-' })).toContain(
      'alias/KeyM-AMIS1',
    );
    await shop.kms.send(new DisableKeyCommand({ KeyId: shop.key }));
    expect(await summaryOf('control-plane.key-state')).toBe('The key behind alias/KeyL-AMIS1 is Disabled.');
    await shop.kms.send(new EnableKeyCommand({ KeyId: shop.key }));
  });

  test('a mapping that is gone, and one that leads to another stage, are told apart', async () => {
    const mapping = { domainName: 'api.shop.test', basePath: '(none)' };
    await shop.gateway.send(
      new UpdateBasePathMappingCommand({
        ...mapping,
        patchOperations: [{ op: 'replace', path: '/basePath', value: 'v1' }],
      }),
    );
    expect(await summaryOf('control-plane.mapping')).toBe(
      'Nothing leads api.shop.test/shop to an API: it is answered with Forbidden.',
    );
    expect(await statuses({ path: '/v1/shop' })).toMatchObject({ mapping: 'ok', method: 'ok' });
    await shop.gateway.send(new DeleteBasePathMappingCommand({ ...mapping, basePath: 'v1' }));
    expect(await statuses({ api: shop.api })).toMatchObject({
      mapping: 'critical',
      stage: 'ok',
      method: 'ok',
    });
  });

  test.each([
    ['to a stage', 'abcde12345.execute-api.eu-west-1.amazonaws.com', 'critical'],
    ['elsewhere', 'd-0000000000.execute-api.eu-west-1.amazonaws.com', 'critical'],
  ])('an alias that leads %s is found', async (_where, DNSName, status) => {
    const alias = { DNSName, HostedZoneId: 'ZLY8HYME6SFDD', EvaluateTargetHealth: true };
    await shop.putRecord({ Name: 'api.shop.test.', Type: 'A', AliasTarget: alias });
    expect(await statuses()).toMatchObject({ alias: status });
  });
});
