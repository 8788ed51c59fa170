import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ShopClient, ShopKey } from '@amis-shop/shop-client';
import { openKeyClient } from './client.ts';
import type { Context } from './context.ts';
import { type Check, checkCredentials, OF_THE_KEY } from './doctor-checks.ts';
import { EXIT } from './exit-codes.ts';
import { explain, type Failure } from './failure.ts';
import { spelling } from './options.ts';

/** Nothing depends on KMS here. */
const PATIENCE_MS = 3_000;

/** The key of --public-key, compared with the one that KMS names where this user has AWS credentials: the file may be of another shop, or out of date. */
export async function givenKey(context: Context, client: ShopClient<unknown>): Promise<Check[]> {
  const { settings, world } = context;
  const label = settings.labels.get('publicKey') ?? spelling('publicKey');
  const key = await client.publicKey({ signal: world.signal });
  const named = hasAwsCredentials() ? await namedByKms(context, client.settings) : undefined;
  return judge(`${key.kid}, from ${label} ${settings.values.publicKey}`, key, named, client.settings);
}

async function namedByKms(
  { settings, terminal, world }: Context,
  { shopId }: ShopClient['settings'],
): Promise<ShopKey | Failure> {
  try {
    const unlike = {
      shopId,
      publicKey: undefined,
      pinnedKeys: undefined,
      keyCacheDir: false,
      logger: undefined,
    } as const;
    const client = await openKeyClient(settings, terminal, unlike);
    const signal = AbortSignal.any([world.signal, AbortSignal.timeout(PATIENCE_MS)]);
    return await client.publicKey({ refresh: true, signal });
  } catch (error) {
    world.signal.throwIfAborted();
    return explain(error, { settings });
  }
}

function judge(
  detail: string,
  { kid }: ShopKey,
  named: ShopKey | Failure | undefined,
  { shopId, keyAlias }: ShopClient['settings'],
): Check[] {
  const what = 'public key';
  const unneeded: Check = {
    status: 'skip',
    what: 'AWS credentials',
    detail: 'not needed for the key: it is given',
  };
  if (named === undefined) return [unneeded, { status: 'ok', what, detail: `${detail}; KMS is not asked` }];
  if (!('kid' in named)) return [unneeded, uncompared(detail, named)];
  const credentials = checkCredentials(undefined, true);
  if (named.kid === kid)
    return [credentials, { status: 'ok', what, detail: `${detail}; KMS names the same` }];
  const hint = `The shop may not be able to open a sale that is sealed for it. Check the shop id, then write the file anew: shop-send key export ${shopId}`;
  const other = `${detail}; ${keyAlias} names another key in KMS, ${named.kid}`;
  return [credentials, { status: 'fail', what, detail: other, hint, exitCode: EXIT.noKey }];
}

/** A till may have credentials that are for something else. */
function uncompared(detail: string, { error }: Failure): Check {
  const { code, message, hint } = error;
  const said = message.replace(/\.$/, '');
  const what = 'public key';
  if (!OF_THE_KEY.has(code) || code === 'key_access_denied') {
    return { status: 'ok', what, detail: `${detail}; not compared with KMS: ${said}` };
  }
  return { status: 'warn', what, detail: `${detail}; ${said}`, hint, code };
}

/** Where the AWS SDK finds some without a request to the network, which takes long where there is nobody to answer. */
function hasAwsCredentials(): boolean {
  const { env } = process;
  if (VARIABLES.some((name) => env[name])) return true;
  const files = [
    env['AWS_SHARED_CREDENTIALS_FILE'] || join(homedir(), '.aws', 'credentials'),
    env['AWS_CONFIG_FILE'] || join(homedir(), '.aws', 'config'),
  ];
  return files.some((file) => existsSync(file));
}

const VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];
