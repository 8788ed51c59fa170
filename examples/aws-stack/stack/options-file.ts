import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkOptions, type ShopOptions } from './options.ts';
import { OptionsError } from './options-error.ts';

/**
 * A truststore that is a file is looked for beside the configuration.
 * @throws {OptionsError} with one sentence that begins with the file's name
 */
export function readOptions(file: string): ShopOptions {
  const options = within(file, () => checkOptions(parse(file)));
  const { domain } = options;
  const truststore = domain?.mutualTls?.truststore;
  if (!domain || !truststore || truststore.startsWith('s3:')) return options;
  const path = resolve(dirname(file), truststore);
  return { ...options, domain: { ...domain, mutualTls: { truststore: path } } };
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new OptionsError('is no JSON.');
    throw new OptionsError('cannot be read.');
  }
}

function within<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof OptionsError) throw new OptionsError(`${file}: ${error.message}`);
    throw error;
  }
}
