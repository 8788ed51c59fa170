import type { SandboxOptions, SandboxShop } from './types.ts';

type Shops = NonNullable<SandboxOptions['shops']>;

const DOMAIN =
  /^(?=.{1,240}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const KEY_SPECS: readonly string[] = ['RSA_2048', 'RSA_3072', 'RSA_4096'];
const SHOP_ID = /^[A-Za-z0-9_-]{1,100}$/;

/** The options with their defaults. @throws RangeError with one sentence that names the option */
export function resolveOptions(options: SandboxOptions) {
  const resolved = {
    domain: options.domain ?? 'shop.test',
    shops: shopsById(options.shops ?? ['AMIS1']),
    port: options.port ?? 0,
    kmsPort: options.kmsPort ?? 0,
    faults: options.faults ?? '',
    seed: options.seed ?? 1,
    delayMs: options.delayMs ?? 0,
    slowMs: options.slowMs ?? 3000,
    keySpec: options.keySpec ?? ('RSA_2048' as const),
    keys: options.keys ?? {},
    keyAliasPrefix: options.keyAliasPrefix ?? 'alias/KeyL-',
    region: options.region ?? 'eu-west-1',
    oldBackEnd: options.oldBackEnd ?? false,
    dataDir: options.dataDir,
  };
  const { domain, shops, port, kmsPort, delayMs, slowMs, seed, keySpec } = resolved;
  check(
    DOMAIN.test(domain) && domain.toLowerCase() !== 'localhost',
    `The domain "${domain}" is no domain name such as shop.test.`,
  );
  check(Object.keys(shops).length > 0, 'At least one shop is needed.');
  for (const id of Object.keys(shops)) {
    check(SHOP_ID.test(id), `The shop id "${id}" may hold only letters, digits, "-" and "_".`);
  }
  check(KEY_SPECS.includes(keySpec), `The key spec must be ${KEY_SPECS.join(' or ')}, not "${keySpec}".`);
  checkWhole('port', port, 65_535);
  checkWhole('KMS port', kmsPort, 65_535);
  checkWhole('delay', delayMs, 600_000);
  checkWhole('length of a slow post', slowMs, 600_000);
  checkWhole('seed', seed, 0xffff_ffff);
  return resolved;
}

export type ResolvedOptions = ReturnType<typeof resolveOptions>;

function check(holds: boolean, sentence: string): void {
  if (!holds) throw new RangeError(sentence);
}

const checkWhole = (what: string, value: number, max: number): void =>
  check(
    Number.isInteger(value) && value >= 0 && value <= max,
    `The ${what} must be a whole number from 0 to ${max}, not ${value}.`,
  );

const isList = (shops: Shops): shops is readonly string[] => Array.isArray(shops);

const shopsById = (shops: Shops): Readonly<Record<string, SandboxShop>> =>
  isList(shops) ? Object.fromEntries(shops.map((id) => [id, {}])) : shops;
