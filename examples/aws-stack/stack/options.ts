import { OptionsError, sentenceOf } from './options-error.ts';
import { type Given, schema } from './options-schema.ts';

/** Any of these in a CAA record lets ACM issue. Source: ACM User Guide, CAA. */
const AMAZON_ISSUERS = ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com'];

export interface KeyToMake {
  label: string;
  spec: Given['keySpec'];
}

export interface ShopEntry {
  /** The keys that the stack makes. */
  keys: readonly KeyToMake[];
  /** The one that the alias names; undefined where the alias is somebody else's. */
  aliasKey: string | undefined;
  /** ARNs of keys that are opened too. */
  formerKeys: readonly string[];
}

/** What the stack is built from: all defaults filled in, all options in agreement. */
export type ShopOptions = Omit<Given, 'shops' | 'apiKeys' | 'disableDefaultEndpoint'> & {
  shops: Record<string, ShopEntry>;
  apiKeys: readonly string[];
  disableDefaultEndpoint: boolean;
};

export type DomainOptions = NonNullable<Given['domain']>;

/**
 * @param given JSON as the README's table of options describes it
 * @throws {OptionsError} with one sentence that begins with the option's name
 */
export function checkOptions(given: unknown): ShopOptions {
  const { data, error } = schema.safeParse(given);
  if (error) throw new OptionsError(sentenceOf(error, given));
  const complaint = DISAGREEMENTS.map((disagreement) => disagreement(data)).find((one) => one !== undefined);
  if (complaint !== undefined) throw new OptionsError(complaint);
  return {
    ...data,
    shops: Object.fromEntries(
      Object.entries(data.shops).map(([id, shop]) => [id, entryOf(shop, data.keySpec)]),
    ),
    apiKeys: data.apiKeys ?? [],
    disableDefaultEndpoint: data.disableDefaultEndpoint ?? data.domain?.mutualTls !== undefined,
  };
}

type GivenShop = Given['shops'][string];

/** A shop whose key was made elsewhere needs none of the stack's. */
const keysOf = ({ keys, formerKeys }: GivenShop): readonly string[] =>
  keys ?? (formerKeys.length > 0 ? [] : ['1']);

const labelOf = (key: string): string => key.replace(/:.*/, '');

function entryOf(shop: GivenShop, keySpec: Given['keySpec']): ShopEntry {
  const keys = keysOf(shop).map((key) => ({
    label: labelOf(key),
    spec: key.includes(':') ? (key.replace(/.*:/, '') as Given['keySpec']) : keySpec,
  }));
  return {
    keys,
    aliasKey: shop.alias === false ? undefined : (shop.currentKey ?? keys.at(-1)?.label),
    formerKeys: shop.formerKeys,
  };
}

/** A policy of IAM holds so many names of keys. Source: IAM User Guide, Quotas: 6,144 characters. */
const MOST_KEYS = 60;

const isEnhanced = ({ securityPolicy }: DomainOptions) => securityPolicy !== 'TLS_1_2';

function problemOf(shop: GivenShop, region: string): string | undefined {
  const keys = keysOf(shop).map(labelOf);
  if (new Set(keys).size < keys.length) return 'keys must not give a label twice.';
  if (shop.currentKey && !keys.includes(shop.currentKey)) return 'currentKey must be one of its keys.';
  if (shop.alias === true && keys.length === 0) return 'alias must not be true without keys of the stack.';
  if (shop.formerKeys.some((one) => one.split(':')[3] !== region))
    return 'formerKeys must be of the region of the stack.';
  return;
}

/** Each names what does not go together, in one sentence, or nothing. */
const DISAGREEMENTS: readonly ((given: Given) => string | undefined)[] = [
  ({ shops: all, region }) =>
    Object.entries(all)
      .map(([id, shop]) => {
        const problem = problemOf(shop, region);
        return problem && `shops.${id}.${problem}`;
      })
      .find((one) => one !== undefined),
  ({ shops: all }) =>
    Object.values(all).flatMap((shop) => [...keysOf(shop), ...shop.formerKeys]).length > MOST_KEYS
      ? `shops must have at most ${MOST_KEYS} keys in one stack; lay down another one (stackName) for more.`
      : undefined,
  ({ domain: given }) =>
    given?.mutualTls && isEnhanced(given)
      ? 'domain.securityPolicy must be TLS_1_2 where domain.mutualTls is set: the enhanced policies exclude mutual TLS.'
      : undefined,
  ({ domain: given }) =>
    given?.endpointAccessMode && !isEnhanced(given)
      ? 'domain.endpointAccessMode goes with the policies named SecurityPolicy_... only.'
      : undefined,
  ({ domain: given }) =>
    given?.mutualTls?.version && !given.mutualTls.truststore.startsWith('s3:')
      ? 'domain.mutualTls.version goes with a truststore in S3 only.'
      : undefined,
  ({ domain: given }) =>
    given && given.caa.length > 0 && !given.caa.some((issuer) => AMAZON_ISSUERS.includes(issuer))
      ? `domain.caa must name ${AMAZON_ISSUERS[0]}, or ACM may not issue the certificate; an empty list makes no records.`
      : undefined,
  ({ domain: given, region }) =>
    given?.certificateArn && given.certificateArn.split(':')[3] !== region
      ? 'domain.certificateArn must be of the region of the stack.'
      : undefined,
  ({ domain: given, disableDefaultEndpoint }) =>
    given?.mutualTls && disableDefaultEndpoint === false
      ? 'disableDefaultEndpoint must not be false where domain.mutualTls is set: the default endpoint asks for no certificate.'
      : undefined,
  ({ domain: given, disableDefaultEndpoint }) =>
    disableDefaultEndpoint && !given
      ? 'disableDefaultEndpoint must not be true without a domain: the shop would have no address.'
      : undefined,
  ({ authorization, apiKeys }) =>
    (authorization === 'api-key') === (apiKeys !== undefined)
      ? undefined
      : 'apiKeys must name at least one key where authorization is api-key, and must not be given elsewhere.',
];
