import { z } from 'zod';

/** The policies of regional names that accept TLS 1.2 or newer. Source: API Gateway Developer Guide, Security policies. */
const SECURITY_POLICIES = [
  'TLS_1_2',
  'SecurityPolicy_TLS13_1_3_2025_09',
  'SecurityPolicy_TLS13_1_3_FIPS_2025_09',
  'SecurityPolicy_TLS13_1_2_2021_06',
  'SecurityPolicy_TLS13_1_2_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09',
] as const;

/** Source: CloudWatch Logs API Reference, PutRetentionPolicy. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const text = (pattern: RegExp, wanted: string) =>
  z.string(`must be ${wanted}`).regex(pattern, `must be ${wanted}`);
const word = text(/^[A-Za-z0-9-]{1,32}$/, 'up to 32 letters, digits and -');
const label = text(/^(?!-)[a-z0-9-]{1,63}(?<!-)$/, 'one label of a name in small letters, such as "api"');
const hostName = text(
  /^(?=.{1,200}$)((?!-)[a-z0-9-]{1,63}(?<!-)\.)+[a-z]{2,63}$/,
  'a domain name in small letters, such as "retsema.eu"',
);
const arn = (service: string, rest: string, example: string) =>
  text(new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]+:\\d{12}:${rest}$`), `an ARN such as "${example}"`);
const count = (min: number, max: number) => {
  const wanted = `must be a whole number from ${min} to ${max}`;
  return z.int(wanted).min(min, wanted).max(max, wanted);
};
const flag = z.boolean('must be true or false');
const unique = (list: readonly string[]) => new Set(list).size === list.length;
const names = <T extends z.ZodType<string>>(one: T) =>
  z.array(one, 'must be a list').min(1, 'must not be empty').refine(unique, 'must not name anything twice');

const mutualTls = z.strictObject({
  truststore: text(
    /^(s3:\/\/[a-z0-9.-]{3,63}\/.+|(?!s3:).+\.pem)$/,
    'a file that ends in .pem, or s3://bucket/key',
  ),
  version: z.string('must be the version of the object in S3').min(1).optional(),
});

const domain = z.strictObject({
  name: hostName,
  names: names(label).default(['api']),
  hostedZoneId: text(
    /^[A-Z0-9]{1,32}$/,
    'the id of a public hosted zone, such as "Z0123456789EXAMPLE"',
  ).optional(),
  certificateArn: arn(
    'acm',
    'certificate/[a-f0-9-]+',
    'arn:aws:acm:eu-west-1:111122223333:certificate/...',
  ).optional(),
  caa: z.array(hostName, 'must be a list of issuers').default(['amazon.com']),
  securityPolicy: z
    .enum(SECURITY_POLICIES, `must be one of ${SECURITY_POLICIES.join(', ')}`)
    .default('TLS_1_2'),
  endpointAccessMode: z.enum(['STRICT', 'BASIC'], 'must be STRICT or BASIC').optional(),
  mutualTls: mutualTls.optional(),
});

const keyLabel = text(
  /^[A-Za-z0-9-]{1,32}(:RSA_(2048|3072|4096))?$/,
  'a label of letters, digits and -, and where it has a spec of its own, that: "2" or "2:RSA_4096"',
);

const shop = z.strictObject({
  keys: names(keyLabel).optional(),
  currentKey: word.optional(),
  formerKeys: names(
    arn('kms', 'key/[A-Za-z0-9-]+', 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-...'),
  ).default([]),
  alias: flag.optional(),
});

const shops = z
  .record(
    text(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, - and _, such as "AMIS1"'),
    shop,
    'must be an object',
  )
  .refine((all) => Object.keys(all).length > 0, 'must name at least one shop');

export const schema = z.strictObject({
  stackName: text(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, 'letters, digits and -').default('AmisShop'),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as "eu-west-1"'),
  shops,
  keyPrefix: text(
    /^alias\/(?!aws\/)[A-Za-z0-9/_-]{1,150}$/,
    'the word alias/ and then letters, digits, / _ and -',
  ).default('alias/KeyL-'),
  keySpec: z
    .enum(['RSA_2048', 'RSA_3072', 'RSA_4096'], 'must be RSA_2048, RSA_3072 or RSA_4096')
    .default('RSA_2048'),
  sealWith: z.enum(['public-key', 'kms'], 'must be public-key or kms').default('public-key'),
  booksTable: text(/^[A-Za-z0-9_.-]{3,255}$/, 'the name of a table').optional(),
  domain: domain.optional(),
  audiences: names(text(/^https:\/\/[a-z0-9.-]+$/, 'origins such as "https://api.retsema.eu"')).default([]),
  dualStack: flag.default(false),
  authorization: z.enum(['none', 'api-key', 'iam'], 'must be none, api-key or iam').default('none'),
  apiKeys: names(word).optional(),
  disableDefaultEndpoint: flag.optional(),
  refuseRubbish: flag.default(true),
  throttle: z
    .strictObject({ ratePerSecond: count(1, 10_000), burst: count(1, 5_000) })
    .default({ ratePerSecond: 100, burst: 200 }),
  logRetentionDays: z
    .number('must be a number of days')
    .refine((days) => RETENTION_DAYS.includes(days), `must be one of ${RETENTION_DAYS.join(', ')}`)
    .default(90),
  apiGatewayLogRole: flag.default(true),
  alarms: z
    .strictObject({
      email: z.email('must be an e-mail address').optional(),
      topicArn: arn('sns', '[A-Za-z0-9_-]+', 'arn:aws:sns:eu-west-1:111122223333:on-call').optional(),
    })
    .default({}),
});

export type Given = z.infer<typeof schema>;
