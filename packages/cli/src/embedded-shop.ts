import { publicDeviceKey } from '@amis-shop/shop-client';
import { CliError } from './cli-error.ts';
import { ANY_URL, type Overrides, openClient } from './client.ts';
import type { Settings } from './config.ts';
import { readOwnDeviceKey } from './identity.ts';
import { type OptionName, spelling } from './options.ts';
import type { Terminal } from './terminal.ts';

export interface EmbeddedShop extends AsyncDisposable {
  /** What leads the client there. */
  overrides: Overrides;
}

/** Where the embedded shop is and which key it has is its own affair. */
const ITS_OWN: readonly OptionName[] = [
  ...(['url', 'connect', 'ca', 'keyAlias', 'publicKey', 'pinnedKeys'] as const),
  ...(['cert', 'key', 'keyPassphraseFile', 'sigv4', 'apiKeyFile'] as const),
];

/** Starts the shop of `--sandbox`, for this one run. @throws {CliError | InvalidOptionError} */
export async function openEmbeddedShop(settings: Settings, terminal: Terminal): Promise<EmbeddedShop> {
  const contradiction = ITS_OWN.find((name) => settings.asked.has(name));
  if (contradiction) {
    throw new CliError(
      'usage',
      `--sandbox brings its own shop, so ${spelling(contradiction)} cannot be given with it.`,
      `Leave out one of the two.`,
    );
  }
  const { keyPrefix, tillId } = settings.values;
  const warn = (sentence: string) => terminal.warning(sentence);
  const deviceKey = await readOwnDeviceKey(settings.values, { warn, signal: settings.signal });
  const own: Overrides = { ...NOWHERE, deviceKey };
  const { settings: checked } = await openClient(settings, terminal, { ...own, url: ANY_URL });
  const { startSandbox } = await import('@amis-shop/sandbox');
  const devices = deviceKey && tillId ? [{ tillId, jwk: publicDeviceKey(deviceKey).jwk }] : [];
  const sandbox = await startSandbox({
    shops: { [checked.shopId]: { devices } },
    ...(keyPrefix !== undefined && { keyAliasPrefix: keyPrefix }),
  }).catch((error: unknown) => {
    throw notOpened(error);
  });
  const { url, connect, ca, region, kmsEndpoint } = sandbox;
  terminal.trace(`the embedded shop is open at ${url}`);
  return {
    overrides: {
      ...own,
      url,
      connect,
      ca,
      kms: {
        region,
        endpoint: kmsEndpoint,
        credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
      },
    },
    [Symbol.asyncDispose]: async () => {
      terminal.trace(`the embedded shop booked ${sandbox.books().booked} and closes`);
      await sandbox.close();
    },
  };
}

const notOpened = (error: unknown): unknown =>
  error instanceof Error && OF_THIS_MACHINE.has(error.name)
    ? new CliError(
        'output_failed',
        `The embedded shop could not be opened. ${error.message.replace(/\.?$/, '.')}`,
        'Check the temporary folder (TMPDIR) and the space in it.',
        error,
      )
    : error;

const OF_THIS_MACHINE: ReadonlySet<string> = new Set(['DataDirError', 'PortError']);

/** The key lives as long as the shop: it is not kept on disk, and no pin can be for it. */
const NOWHERE: Overrides = {
  connect: undefined,
  ca: undefined,
  auth: undefined,
  keyCacheDir: false,
  pinnedKeys: undefined,
  publicKey: undefined,
};
