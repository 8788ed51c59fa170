import { ShopClient, type ShopClientOptions } from '@amis-shop/shop-client';
import { CliError } from './cli-error.ts';
import type { Settings } from './config.ts';
import { readFileText } from './files.ts';
import { readAuth, readOwnDeviceKey, readPublicKey } from './identity.ts';
import { numberRulesOf } from './number-rules.ts';
import type { Values } from './options.ts';
import type { Terminal } from './terminal.ts';

/** What is said about the client besides the user's options. */
export type Overrides = Partial<
  Pick<
    ShopClientOptions,
    | 'shopId'
    | 'url'
    | 'tillId'
    | 'deviceKey'
    | 'ca'
    | 'connect'
    | 'auth'
    | 'kms'
    | 'keyCacheDir'
    | 'pinnedKeys'
    | 'publicKey'
    | 'outbox'
    | 'renewsKeyCopy'
    | 'logger'
  >
>;

/** @throws {CliError | InvalidOptionError} */
export const openClient = async (
  settings: Settings,
  terminal: Terminal,
  overrides: Overrides = {},
): Promise<ShopClient<unknown>> =>
  new ShopClient<unknown>(await clientOptions(settings, terminal, overrides));

/** What client and till are opened with. @throws {CliError} */
export async function clientOptions(
  settings: Settings,
  terminal: Terminal,
  overrides: Overrides = {},
): Promise<ShopClientOptions<unknown>> {
  const { values, signal } = settings;
  const { keyPrefix, keyAlias, sealWith, pinnedKeys, tillId, connect } = values;
  const reading = { warn: (sentence: string) => terminal.warning(sentence), signal };
  return {
    shopId: overrides.shopId ?? requiredShopId(values),
    url: overrides.url ?? requiredUrl(values),
    keyAliasPrefix: keyPrefix,
    keyAlias,
    publicKey: 'publicKey' in overrides ? undefined : await readPublicKey(values, reading),
    sealWith,
    pinnedKeys,
    protocol: protocolOf(values),
    tillId,
    deviceKey: 'deviceKey' in overrides ? undefined : await readOwnDeviceKey(values, reading),
    ca: values.ca && (await readFileText(values.ca, 'the file of authorities', signal)),
    connect,
    auth: 'auth' in overrides ? undefined : await readAuth(values, reading),
    timeoutMs: values.timeout && Math.round(values.timeout * 1000),
    maxAttempts: values.attempts,
    numberRules: numberRulesOf(settings),
    maxItems: values.maxItems,
    logger: loggerOf(terminal),
    ...overrides,
  };
}

/** For commands about the key alone, to which the address does not matter. */
export const openKeyClient = (
  settings: Settings,
  terminal: Terminal,
  overrides: Overrides = {},
): Promise<ShopClient<unknown>> => openClient(settings, terminal, { url: ANY_URL, ...overrides });

/** A name that never exists (RFC 2606). */
export const ANY_URL = 'https://shop.invalid';

function requiredShopId({ shopId }: Values): string {
  if (shopId === undefined) {
    throw new CliError(
      'usage',
      'No shop id is given.',
      'Say which shop, such as: shop-send AMIS1. All commands and options: shop-send --help.',
    );
  }
  if (shopId.includes('://')) {
    throw new CliError('usage', 'The shop id comes before the URL.', 'Write: shop-send <shop-id> <url>.');
  }
  return shopId;
}

function requiredUrl({ url }: Values): string {
  if (url !== undefined) return url;
  throw new CliError(
    'usage',
    'No URL is given.',
    'Write it after the shop id, or set SHOP_SEND_URL or "url" in a configuration file; --sandbox needs none.',
  );
}

function protocolOf({ protocol }: Values): 1 | 2 | 'auto' | undefined {
  if (protocol === '1') return 1;
  return protocol === '2' ? 2 : protocol;
}

/** What the client warns of. */
export interface ClientWarning {
  sentence: string;
  /** The option that it concerns. */
  option: string | undefined;
  /** The copy of the key that it concerns. */
  file: string | undefined;
  /** The system's own code. */
  code: string | undefined;
  /** The key of a copy that is used all the same. */
  kid: string | undefined;
}

/** @param warn takes each warning; by default it is told, of a file once */
export function loggerOf(
  terminal: Terminal,
  warn: (warning: ClientWarning) => void = tellOnce(terminal),
): NonNullable<ShopClientOptions['logger']> {
  const trace = (fields: object, message: string) =>
    terminal.trace(
      [message, ...Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`)].join(' '),
    );
  return {
    debug: trace,
    info: trace,
    warn: (fields, message) => {
      warn(clientWarning(fields, message));
      trace(fields, message);
    },
  };
}

/**
 * For a till: what becomes of sales and of the queue is told as a result, and that KMS is not reached matters to nobody
 * while a key is cached.
 */
export function tillLogger(terminal: Terminal): NonNullable<ShopClientOptions['logger']> {
  const tell = tellOnce(terminal);
  return loggerOf(terminal, (warning) => {
    if (warning.file !== undefined || warning.option !== undefined) tell(warning);
  });
}

function tellOnce(terminal: Terminal): (warning: ClientWarning) => void {
  const told = new Set<string>();
  return ({ sentence, file }) => {
    if (file !== undefined && told.has(file)) return;
    terminal.warning(sentence);
    if (file !== undefined) told.add(file);
  };
}

function clientWarning(
  { file, code, option, kid }: { file?: string; code?: string; option?: string; kid?: string },
  message: string,
): ClientWarning {
  const begin = `${message.charAt(0).toUpperCase()}${message.slice(1)}`.replace(/\.$/, '');
  const sentence =
    file === undefined ? `${begin}.` : `${begin}${code ? ` (${code})` : ''}. The file is ${file}.`;
  return { sentence, file, code, option, kid };
}
