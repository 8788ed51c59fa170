import type { Expectations } from '../core/expectations.ts';
import { parseTarget } from '../core/target.ts';
import { printable } from '../core/text.ts';
import { targetKey } from './allow-list.ts';
import { type Config, DEFAULT_MODULE } from './config.ts';
import { ConfigError } from './config-error.ts';
import { readConfigFile } from './config-file.ts';
import { expectationsOf, timeoutOf } from './settings.ts';

/** What a check of the exporter is called with. */
export interface ConfiguredCheck {
  /** As the configuration spells it, where it stands there. */
  target: string;
  module: string;
  expectations: Expectations;
}

/**
 * The check that the exporter makes of a target, for a person who wants to see the same by hand.
 * @param module by default that of the configured target, as for /probe
 * @throws {ConfigError | CheckInputError}
 */
export async function configuredCheck(
  given: string,
  { config: file, module }: { config: string; module: string | undefined },
  signal: AbortSignal,
): Promise<ConfiguredCheck> {
  const config = await readConfigFile(file, signal);
  const key = targetKey(parseTarget(given));
  const known = config.targets.filter((one) => one.key === key);
  const name = module ?? known[0]?.module ?? DEFAULT_MODULE;
  const expectations = expectationsOf(config, { key, module: name });
  if (expectations === undefined) throw unknownModule(config, file, name);
  const { given: target = given } = known.find((one) => one.module === name) ?? known[0] ?? {};
  return {
    target,
    module: name,
    expectations: { ...expectations, timeoutMs: timeoutOf(config, { key, module: name }) },
  };
}

const unknownModule = ({ modules }: Config, file: string, name: string): ConfigError =>
  new ConfigError(
    `The module "${printable(name)}" is not in ${printable(file)}.`,
    `There are: ${[...modules.keys()].join(', ')}.`,
  );
