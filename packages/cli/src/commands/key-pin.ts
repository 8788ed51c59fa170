import { CliError } from '../cli-error.ts';
import { openKeyClient } from '../client.ts';
import { addPin } from '../config-file.ts';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Row } from '../terminal.ts';

/**
 * `shop-send key pin [shop-id]`: how to pin the key that KMS names now, or with `--write` pins it.
 * Pins already there do not count, for this is how the next key joins them; and what is not pinned yet
 * must not take the place of the cached key.
 */
export const run: Run = async ({ settings, terminal, world: { signal } }) => {
  const { config, write } = settings.values;
  if (write && config === undefined) {
    throw new CliError(
      'usage',
      '--write needs a configuration file to write to.',
      'Name it with --config FILE.',
    );
  }
  const client = await openKeyClient(settings, terminal, { pinnedKeys: undefined, keyCacheDir: false });
  const { shopId, keyAlias } = client.settings;
  const { kid } = await client.publicKey({ refresh: true, signal });
  const written = write && config !== undefined && (await addPin(config, kid, signal));
  const rows: Row[] = [
    ['Shop id', shopId],
    ['Key alias', keyAlias],
    ['Thumbprint', kid],
  ];
  const advice: Row[] = [
    ['Option', `--pin ${kid}`],
    ['Configuration', `"pinnedKeys": ["${kid}"]`],
  ];
  const outcome: Row[] = write
    ? [['Written', written ? `yes, to ${config}` : `no, it is in ${config} already`]]
    : advice;
  terminal.result([...rows, ...outcome], {
    shop_id: shopId,
    key_alias: keyAlias,
    kid,
    option: `--pin ${kid}`,
    configuration: { pinnedKeys: [kid] },
    ...(write && { written }),
  });
  return EXIT.accepted;
};
