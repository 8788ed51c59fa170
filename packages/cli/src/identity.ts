import type { AuthSettings, ShopClientOptions } from '@amis-shop/shop-client';
import { CliError } from './cli-error.ts';
import {
  isMissing,
  type Reading,
  readFileBytes,
  readFileText,
  readSecret,
  warnIfOthersMayWrite,
} from './files.ts';
import { type JsonMistake, parseJson } from './json.ts';
import type { Values } from './options.ts';
import { printable } from './printable.ts';

type DeviceKeyOption = NonNullable<ShopClientOptions['deviceKey']>;

/** By what the options say that this till proves who it is; which of them go together is for the library to say. */
export async function readAuth(
  { cert, key, keyPassphraseFile, sigv4, apiKeyFile }: Values,
  reading: Reading,
): Promise<AuthSettings | undefined> {
  if (!cert && !key && !keyPassphraseFile && !sigv4 && !apiKeyFile) return;
  return {
    cert: cert && (await readFileText(cert, 'the certificate', reading.signal)),
    key: key && (await readSecret(key, 'the private key', reading)),
    passphrase: keyPassphraseFile && (await readSecret(keyPassphraseFile, 'the passphrase', reading)),
    ...(sigv4 && { sigV4: true }),
    apiKey: apiKeyFile && (await readSecret(apiKeyFile, 'the API key', reading)),
  };
}

/** What --public-key names, if anything: PEM, DER, a JWK or a set of them. @throws {CliError} */
export async function readPublicKey(
  { publicKey }: Values,
  reading: Reading,
): Promise<Uint8Array | undefined> {
  if (publicKey === undefined) return;
  const bytes = await readFileBytes(publicKey, 'the public key', reading.signal);
  warnIfOthersMayWrite(publicKey, 'the public key', reading);
  return bytes;
}

/** What --device-key names, if anything. @throws {CliError} */
export const readOwnDeviceKey = async (
  { deviceKey }: Values,
  reading: Reading,
): Promise<DeviceKeyOption | undefined> => deviceKey && (await readDeviceKey(deviceKey, reading));

/** PEM as text, or a JWK. @throws {CliError} */
export async function readDeviceKey(path: string, reading: Reading): Promise<DeviceKeyOption> {
  const text = await readSecret(path, 'the device key', reading).catch((error: unknown) => {
    throw isMissing(error) ? noDeviceKey(path, error) : error;
  });
  if (!text.trimStart().startsWith('{')) return text;
  const refuse = ({ problem }: JsonMistake) =>
    new CliError(
      'unreadable_file',
      `The device key ${printable(path)} ${problem}.`,
      'Give a private P-256 key as PEM or JWK.',
    );
  return parseJson(text, refuse) as DeviceKeyOption;
}

const noDeviceKey = (path: string, cause: unknown): CliError =>
  new CliError(
    'unreadable_file',
    `The device key ${printable(path)} does not exist.`,
    'Make it with shop-send till init, or name the file that holds it.',
    cause,
  );
