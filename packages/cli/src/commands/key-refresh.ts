import { CliError } from '../cli-error.ts';
import { openKeyClient } from '../client.ts';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { describeKey } from '../key-output.ts';

/** `shop-send key refresh [shop-id]`: the key that KMS names now, from now on the one that sales are sealed for. */
export const run: Run = async ({ settings, terminal, world: { signal } }) => {
  const client = await openKeyClient(settings, terminal);
  if (client.settings.keyIsGiven) {
    throw new CliError(
      'usage',
      `KMS is not needed: the key is given by ${settings.labels.get('publicKey')}.`,
      'Put the new key into that file; shop-send key export makes it from KMS.',
    );
  }
  const key = await client.publicKey({ refresh: true, signal });
  const { rows, object } = describeKey(client.settings, key, (settings.values.pinnedKeys ?? []).length > 0);
  terminal.result(rows, object);
  return EXIT.accepted;
};
