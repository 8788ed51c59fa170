import { describe, expect, test } from 'vitest';
import { checkOptions } from '../options.ts';
import { OptionsError } from '../options-error.ts';

const LEAST = { region: 'eu-west-1', shops: { AMIS1: {} } };
const DOMAIN = { name: 'retsema.eu', hostedZoneId: 'Z0123456789EXAMPLE' };

const complaintOf = (given: unknown): string => {
  try {
    checkOptions(given);
  } catch (error) {
    if (error instanceof OptionsError) return error.message;
    throw error;
  }
  return 'none';
};

test('what is not said has the defaults of the README', () => {
  expect(checkOptions({ ...LEAST, domain: DOMAIN })).toEqual({
    stackName: 'AmisShop',
    region: 'eu-west-1',
    shops: { AMIS1: { keys: [{ label: '1', spec: 'RSA_2048' }], aliasKey: '1', formerKeys: [] } },
    keyPrefix: 'alias/KeyL-',
    keySpec: 'RSA_2048',
    sealWith: 'public-key',
    domain: { ...DOMAIN, names: ['api'], caa: ['amazon.com'], securityPolicy: 'TLS_1_2' },
    audiences: [],
    dualStack: false,
    authorization: 'none',
    apiKeys: [],
    disableDefaultEndpoint: false,
    refuseRubbish: true,
    throttle: { ratePerSecond: 100, burst: 200 },
    logRetentionDays: 90,
    apiGatewayLogRole: true,
    alarms: {},
  });
});

test('the last key of a shop is the one by its alias, where none is named, and may have a spec of its own', () => {
  expect(checkOptions({ ...LEAST, shops: { AMIS1: { keys: ['1', '2:RSA_4096'] } } }).shops).toEqual({
    AMIS1: {
      keys: [
        { label: '1', spec: 'RSA_2048' },
        { label: '2', spec: 'RSA_4096' },
      ],
      aliasKey: '2',
      formerKeys: [],
    },
  });
});

test('mutual TLS leaves no way around it', () => {
  const domain = { ...DOMAIN, mutualTls: { truststore: 's3://tills/authorities.pem' } };
  expect(checkOptions({ ...LEAST, domain }).disableDefaultEndpoint).toBe(true);
});

describe('what is wrong is said in one sentence that begins with the option', () => {
  test.each<[unknown, string]>([
    [[], 'The configuration must be a JSON object.'],
    [
      { ...LEAST, key_prefix: 'alias/KeyM-' },
      'key_prefix is not an option; the README lists those that are.',
    ],
    [
      { ...LEAST, domain: { ...DOMAIN, name_s: [] } },
      'domain.name_s is not an option; the README lists those that are.',
    ],
    [
      { ...LEAST, shops: { AMIS1: { requireSignature: true } } },
      'shops.AMIS1.requireSignature is not an option; the README lists those that are.',
    ],
    [{ shops: { AMIS1: {} } }, 'region is missing.'],
    [{ ...LEAST, region: 'Ireland' }, 'region must be a region such as "eu-west-1".'],
    [{ region: 'eu-west-1' }, 'shops is missing.'],
    [{ ...LEAST, shops: {} }, 'shops must name at least one shop.'],
    [{ ...LEAST, shops: ['AMIS1'] }, 'shops must be an object.'],
    [
      { ...LEAST, shops: { 'AMIS 1': {} } },
      'shops.AMIS 1 must be letters, digits, - and _, such as "AMIS1".',
    ],
    [{ ...LEAST, shops: { AMIS1: true } }, 'shops.AMIS1 must be an object.'],
    [{ ...LEAST, shops: { AMIS1: { keys: [] } } }, 'shops.AMIS1.keys must not be empty.'],
    [{ ...LEAST, shops: { AMIS1: { keys: ['1', '1'] } } }, 'shops.AMIS1.keys must not name anything twice.'],
    [
      { ...LEAST, shops: { AMIS1: { keys: ['1', '1:RSA_3072'] } } },
      'shops.AMIS1.keys must not give a label twice.',
    ],
    [
      { ...LEAST, shops: { AMIS1: { keys: ['1:RSA_1024'] } } },
      'shops.AMIS1.keys.0 must be a label of letters, digits and -, and where it has a spec of its own, that: "2" or "2:RSA_4096".',
    ],
    [{ ...LEAST, shops: { AMIS1: { currentKey: '2' } } }, 'shops.AMIS1.currentKey must be one of its keys.'],
    [
      { ...LEAST, shops: { AMIS1: { formerKeys: ['alias/KeyL-AMIS1'] } } },
      'shops.AMIS1.formerKeys.0 must be an ARN such as "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-...".',
    ],
    [
      { ...LEAST, shops: { AMIS1: { formerKeys: ['arn:aws:kms:us-east-1:111122223333:key/1234'] } } },
      'shops.AMIS1.formerKeys must be of the region of the stack.',
    ],
    [
      {
        ...LEAST,
        shops: { AMIS1: { alias: true, formerKeys: ['arn:aws:kms:eu-west-1:111122223333:key/1234'] } },
      },
      'shops.AMIS1.alias must not be true without keys of the stack.',
    ],
    [{ ...LEAST, booksTable: 'a' }, 'booksTable must be the name of a table.'],
    [
      { ...LEAST, audiences: ['https://api.retsema.eu/shop'] },
      'audiences.0 must be origins such as "https://api.retsema.eu".',
    ],
    [
      { ...LEAST, keyPrefix: 'KeyL-' },
      'keyPrefix must be the word alias/ and then letters, digits, / _ and -.',
    ],
    [
      { ...LEAST, keyPrefix: 'alias/aws/KeyL-' },
      'keyPrefix must be the word alias/ and then letters, digits, / _ and -.',
    ],
    [{ ...LEAST, keySpec: 'RSA_1024' }, 'keySpec must be RSA_2048, RSA_3072 or RSA_4096.'],
    [{ ...LEAST, sealWith: 'KMS' }, 'sealWith must be public-key or kms.'],
    [{ ...LEAST, stackName: '1st' }, 'stackName must be letters, digits and -.'],
    [{ ...LEAST, dualStack: 'yes' }, 'dualStack must be true or false.'],
    [{ ...LEAST, domain: 'retsema.eu' }, 'domain must be an object.'],
    [{ ...LEAST, domain: {} }, 'domain.name is missing.'],
    [
      { ...LEAST, domain: { ...DOMAIN, name: 'Retsema' } },
      'domain.name must be a domain name in small letters, such as "retsema.eu".',
    ],
    [
      { ...LEAST, domain: { ...DOMAIN, names: ['api.shop'] } },
      'domain.names.0 must be one label of a name in small letters, such as "api".',
    ],
    [
      { ...LEAST, domain: { ...DOMAIN, names: ['api', 'api'] } },
      'domain.names must not name anything twice.',
    ],
    [
      { ...LEAST, domain: { ...DOMAIN, hostedZoneId: '/hostedzone/Z1' } },
      'domain.hostedZoneId must be the id of a public hosted zone, such as "Z0123456789EXAMPLE".',
    ],
    [
      {
        ...LEAST,
        domain: { ...DOMAIN, certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/12ab' },
      },
      'domain.certificateArn must be of the region of the stack.',
    ],
    [
      { ...LEAST, domain: { ...DOMAIN, caa: ['letsencrypt.org'] } },
      'domain.caa must name amazon.com, or ACM may not issue the certificate; an empty list makes no records.',
    ],
    [
      {
        ...LEAST,
        domain: {
          ...DOMAIN,
          securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
          mutualTls: { truststore: 's3://tills/authorities.pem' },
        },
      },
      'domain.securityPolicy must be TLS_1_2 where domain.mutualTls is set: the enhanced policies exclude mutual TLS.',
    ],
    [
      { ...LEAST, domain: { ...DOMAIN, endpointAccessMode: 'STRICT' } },
      'domain.endpointAccessMode goes with the policies named SecurityPolicy_... only.',
    ],
    [
      { ...LEAST, domain: { ...DOMAIN, mutualTls: { truststore: 'authorities.crt' } } },
      'domain.mutualTls.truststore must be a file that ends in .pem, or s3://bucket/key.',
    ],
    [
      { ...LEAST, domain: { ...DOMAIN, mutualTls: { truststore: 'authorities.pem', version: '1' } } },
      'domain.mutualTls.version goes with a truststore in S3 only.',
    ],
    [
      {
        ...LEAST,
        disableDefaultEndpoint: false,
        domain: { ...DOMAIN, mutualTls: { truststore: 's3://tills/authorities.pem' } },
      },
      'disableDefaultEndpoint must not be false where domain.mutualTls is set: the default endpoint asks for no certificate.',
    ],
    [
      { ...LEAST, disableDefaultEndpoint: true },
      'disableDefaultEndpoint must not be true without a domain: the shop would have no address.',
    ],
    [{ ...LEAST, authorization: 'oauth' }, 'authorization must be none, api-key or iam.'],
    [
      { ...LEAST, authorization: 'api-key' },
      'apiKeys must name at least one key where authorization is api-key, and must not be given elsewhere.',
    ],
    [
      { ...LEAST, apiKeys: ['till-07'] },
      'apiKeys must name at least one key where authorization is api-key, and must not be given elsewhere.',
    ],
    [
      { ...LEAST, throttle: { ratePerSecond: 0, burst: 1 } },
      'throttle.ratePerSecond must be a whole number from 1 to 10000.',
    ],
    [{ ...LEAST, throttle: { ratePerSecond: 10 } }, 'throttle.burst is missing.'],
    [{ ...LEAST, alarms: { email: 'shop' } }, 'alarms.email must be an e-mail address.'],
    [
      { ...LEAST, alarms: { topicArn: 'on-call' } },
      'alarms.topicArn must be an ARN such as "arn:aws:sns:eu-west-1:111122223333:on-call".',
    ],
  ])('%j', (given, sentence) => {
    expect(complaintOf(given)).toBe(sentence);
  });

  test('more keys than a policy can name', () => {
    const shops = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`AMIS${at}`, { keys: ['1', '2'] }]));
    expect(complaintOf({ ...LEAST, shops: shops(30) })).toBe('none');
    expect(complaintOf({ ...LEAST, shops: shops(31) })).toBe(
      'shops must have at most 60 keys in one stack; lay down another one (stackName) for more.',
    );
  });

  test('a retention that CloudWatch does not know', () => {
    expect(complaintOf({ ...LEAST, logRetentionDays: 10 })).toMatch(
      /^logRetentionDays must be one of 1, 3, 5, 7, /,
    );
  });

  test('a security policy that would let old TLS in', () => {
    const domain = { ...DOMAIN, securityPolicy: 'TLS_1_0' };
    expect(complaintOf({ ...LEAST, domain })).toMatch(/^domain\.securityPolicy must be one of TLS_1_2, /);
  });
});
