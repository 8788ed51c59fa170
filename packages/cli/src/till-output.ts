import { type PublicDeviceKey, ShopClient, type ShopClientOptions } from '@amis-shop/shop-client';
import { CliError } from './cli-error.ts';
import { ANY_URL } from './client.ts';
import type { Values } from './options.ts';
import type { Row } from './terminal.ts';

/** What the shop must know of this till, as it is shown; never the private key. */
export function describeTill(
  tillId: string | undefined,
  file: string,
  { jwk, thumbprint }: PublicDeviceKey,
): { rows: Row[]; object: object } {
  return {
    rows: [
      ['Till id', tillId ?? 'not given'],
      ['Device key', file],
      ['Thumbprint', thumbprint],
      ['Public JWK', JSON.stringify(jwk)],
    ],
    object: {
      till_id: tillId,
      device_key: file,
      thumbprint,
      jwk,
      ...(tillId !== undefined && { device: { tillId, jwk } }),
    },
  };
}

/** @throws {CliError} where it is not given */
export function required(values: Values, name: 'tillId' | 'deviceKey'): string {
  const value = values[name];
  if (value !== undefined) return value;
  throw new CliError(
    'usage',
    `No ${name === 'tillId' ? 'till id' : 'file for the device key'} is given.`,
    `Name it with ${name === 'tillId' ? '--till-id ID' : '--device-key FILE'}, or in the environment or a configuration file.`,
  );
}

/** What the library would say of them before it sends. @throws {InvalidOptionError} */
export function checkTill(tillId: string, deviceKey: NonNullable<ShopClientOptions['deviceKey']>): void {
  new ShopClient({ shopId: 'any', url: ANY_URL, keyCacheDir: false, tillId, deviceKey });
}
