import { fileURLToPath } from 'node:url';

const region = 'eu-west-1';
const shops = { AMIS1: {}, AMIS2: {} };
const zone = { name: 'retsema.eu', hostedZoneId: 'Z0123456789EXAMPLE' };

export const AUTHORITY = fileURLToPath(new URL('authority.pem', import.meta.url));

/** A configuration for each of the ways in which the stack can be laid down. */
export const VARIANTS = {
  'no domain': { region, shops },
  'one name': { region, shops, domain: zone },
  'two names': { region, shops, domain: { ...zone, names: ['api', 'amis'] } },
  'zone elsewhere': { region, shops, domain: { name: 'retsema.eu', names: ['api', 'amis'] } },
  'dual-stack': { region, shops, dualStack: true, domain: zone },
  'mutual TLS': { region, shops, domain: { ...zone, mutualTls: { truststore: AUTHORITY } } },
  'mutual TLS, own bucket': {
    region,
    shops,
    domain: { ...zone, mutualTls: { truststore: 's3://tills/authorities.pem', version: '3' } },
  },
  'enhanced policy': {
    region,
    shops,
    domain: { ...zone, securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09' },
  },
  'API keys': { region, shops, authorization: 'api-key', apiKeys: ['till-07', 'till-08'] },
  IAM: { region, shops, authorization: 'iam', domain: zone },
  'KMS seals': { region, shops, sealWith: 'kms', keySpec: 'RSA_4096', keyPrefix: 'alias/KeyM-' },
  'keys in rotation': { region, shops: { AMIS1: { keys: ['1', '2'], currentKey: '1' } } },
  'keys and books of 2020': {
    region,
    shops: {
      AMIS1: { formerKeys: ['arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab'] },
      AMIS2: {
        keys: ['1'],
        alias: false,
        formerKeys: ['arn:aws:kms:eu-west-1:444455556666:key/5678abcd-12ab-34cd-56ef-1234567890ab'],
      },
    },
    booksTable: 'shop-table',
    audiences: ['https://api.retsema.eu'],
  },
  'everything let in': { region, shops, refuseRubbish: false, apiGatewayLogRole: false },
  'alarms elsewhere': {
    region,
    shops,
    alarms: { topicArn: 'arn:aws:sns:eu-west-1:111122223333:on-call', email: 'shop@retsema.eu' },
  },
} as const;

export type VariantName = keyof typeof VARIANTS;
