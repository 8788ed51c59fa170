import { type AuthError, hiddenAuth } from '../core/auth.ts';
import type { AuthSettings } from '../core/auth-settings.ts';
import { printable } from '../core/text.ts';
import type { ReadNamedFile } from './named-file.ts';
import type { Value, YamlSource } from './yaml-source.ts';

/** The key of a module for each thing that is presented: secrets stand in files of their own. */
const KEY_OF = {
  cert: 'cert_file',
  key: 'key_file',
  passphrase: 'key_passphrase_file',
  sigV4: 'sigv4',
  apiKey: 'api_key_file',
  proxy: 'proxy_auth_file',
} as const satisfies Record<keyof AuthSettings, string>;

export const AUTH_KEYS: readonly string[] = Object.values(KEY_OF);

/** The key that the error is about. */
export const authKeyOf = ({ field }: AuthError): string => KEY_OF[field];

const FIELDS = ['cert', 'key', 'passphrase', 'apiKey', 'proxy'] as const;

/**
 * @param base what holds where nothing else is said
 * @throws {ConfigError} that names the place, the file, and nothing of what is in it
 */
export async function readModuleAuth(
  source: YamlSource,
  values: ReadonlyMap<string, Value>,
  readNamedFile: ReadNamedFile,
  base: AuthSettings = {},
): Promise<AuthSettings | undefined> {
  if (!AUTH_KEYS.some((key) => values.has(key))) return;
  const { cert, key, passphrase, sigV4: isSigned, apiKey, proxy } = base;
  const auth: AuthSettings = { cert, key, passphrase, sigV4: isSigned, apiKey, proxy };
  for (const field of FIELDS) {
    const value = values.get(KEY_OF[field]);
    if (value) auth[field] = await readSecret(source, value, readNamedFile);
  }
  const sigV4 = values.get(KEY_OF.sigV4);
  if (sigV4) auth.sigV4 = source.switch(sigV4);
  return hiddenAuth(auth);
}

/** Without the line ends at its end. */
async function readSecret(source: YamlSource, value: Value, readNamedFile: ReadNamedFile): Promise<string> {
  const path = source.text(value);
  const text = await readNamedFile(path).catch((error: unknown) => {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw source.error(value, `names the file ${printable(path)}, which cannot be read (${code}).`);
  });
  return text.replace(/[\r\n]+$/, '');
}
