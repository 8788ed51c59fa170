import { publicDeviceKey } from '@amis-shop/shop-client';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { readDeviceKey } from '../identity.ts';
import { checkTill, describeTill, required } from '../till-output.ts';

/** `shop-send till show`: what the shop must know of the device key that is there. */
export const run: Run = async ({ settings: { values }, terminal, world: { signal } }) => {
  const { tillId } = values;
  const file = required(values, 'deviceKey');
  const warn = (sentence: string) => terminal.warning(sentence);
  const deviceKey = await readDeviceKey(file, { warn, signal });
  if (tillId !== undefined) checkTill(tillId, deviceKey);
  const { rows, object } = describeTill(tillId, file, publicDeviceKey(deviceKey));
  terminal.result(rows, object);
  return EXIT.accepted;
};
