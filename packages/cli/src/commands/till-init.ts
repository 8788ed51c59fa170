import { generateDeviceKey, publicDeviceKey } from '@amis-shop/shop-client';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { makeSecretFile } from '../new-file.ts';
import { onlyOutputFailed } from '../sale-output.ts';
import { checkTill, describeTill, required } from '../till-output.ts';

/** `shop-send till init`: makes the device key of this till, and never shows it. */
export const run: Run = async ({ settings: { values }, terminal }) => {
  const tillId = required(values, 'tillId');
  const file = required(values, 'deviceKey');
  const deviceKey = generateDeviceKey();
  checkTill(tillId, deviceKey);
  await makeSecretFile(file, deviceKey, 'a new key');
  terminal.outcome(() => onlyOutputFailed(`The device key is in ${file}`));
  const { rows, object } = describeTill(tillId, file, publicDeviceKey(deviceKey));
  terminal.result(rows, object);
  return EXIT.accepted;
};
