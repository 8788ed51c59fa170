import { openKeyClient } from '../client.ts';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { describeKey } from '../key-output.ts';

/** `shop-send key show [shop-id]`: the key that sales are sealed for now. */
export const run: Run = async ({ settings, terminal, world: { signal } }) => {
  const client = await openKeyClient(settings, terminal);
  const key = await client.publicKey({ signal });
  const { rows, object } = describeKey(client.settings, key, (settings.values.pinnedKeys ?? []).length > 0);
  terminal.result(rows, object);
  return EXIT.accepted;
};
