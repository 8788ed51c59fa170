import type { NumberRules } from '@amis-shop/shop-client';
import { CliError } from './cli-error.ts';
import type { Settings } from './config.ts';
import { printable } from './printable.ts';

/**
 * The shop's own rules for numbers, as the library takes them, which checks them.
 * @throws {CliError} for a rule that has no value
 */
export function numberRulesOf({
  values,
  labels,
}: Pick<Settings, 'values' | 'labels'>): NumberRules | undefined {
  const { numberRules: given } = values;
  if (given === undefined) return;
  const rules = given.map((rule) => {
    const [, name, value] = /^(\w+)=(.+)$/.exec(rule) ?? [];
    if (name !== undefined && value !== undefined) return [name, toValue(name, value)] as const;
    const problem = `"${printable(rule)}" is not of the form RULE=VALUE`;
    throw new CliError(
      'usage',
      `${labels.get('numberRules')}: ${problem}.`,
      'Write one such as maxQuantity=999.',
    );
  });
  const names = rules.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return Object.fromEntries(rules);
  throw new CliError(
    'usage',
    `${labels.get('numberRules')}: ${twice} is given twice.`,
    'Give each rule once.',
  );
}

/** What is neither a number nor a switch stays a word, of which the library says what is wrong. */
function toValue(name: string, value: string): number | boolean | string {
  if (name === 'leadingZeros' && /^(true|yes|on)$/i.test(value)) return true;
  if (name === 'leadingZeros' && /^(false|no|off)$/i.test(value)) return false;
  return name.endsWith('Decimals') && /^\d{1,9}$/.test(value) ? Number(value) : value;
}
