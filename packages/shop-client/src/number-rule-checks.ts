import type { NumberRules } from './core/number-rules.ts';
import { decimalProblem, MAX_DECIMALS } from './core/numbers.ts';
import { type Sale, type SaleSchema, saleSchema, saleSchemaWith } from './core/sale.ts';
import { checkSchema, oneOf, refuseUnknown, wholeNumber, wrong } from './option-checks.ts';

const KNOWN = {
  moneyDecimals: true,
  quantityDecimals: true,
  maxQuantity: true,
  maxTurnover: true,
  leadingZeros: true,
} satisfies Record<keyof NumberRules, true>;

/**
 * The schema by which sales are checked: the shop's own, with the shop's own rules, or the caller's.
 * @throws {InvalidOptionError} that names the rule
 */
export function schemaOf<Payload>(
  schema: SaleSchema<Payload> | undefined,
  numberRules: NumberRules | undefined,
): SaleSchema<Payload> | SaleSchema<Sale> {
  if (schema !== undefined) checkSchema(schema);
  if (numberRules === undefined) return schema ?? saleSchema;
  if (schema !== undefined) {
    throw wrong(
      'numberRules',
      'apply to the standard sale only; with a schema, put the rules into the schema',
    );
  }
  return saleSchemaWith(checkNumberRules(numberRules));
}

function checkNumberRules(rules: NumberRules): NumberRules {
  refuseUnknown('numberRules', rules, KNOWN);
  return {
    moneyDecimals: decimals('moneyDecimals', rules.moneyDecimals),
    quantityDecimals: decimals('quantityDecimals', rules.quantityDecimals),
    maxQuantity: largest('maxQuantity', rules.maxQuantity, '999'),
    maxTurnover: largest('maxTurnover', rules.maxTurnover, '9999.99'),
    leadingZeros: oneOf('numberRules.leadingZeros', rules.leadingZeros, [true, false], true),
  };
}

const decimals = (rule: keyof NumberRules, value: unknown): number | undefined =>
  value === undefined ? undefined : wholeNumber(`numberRules.${rule}`, value, 0, 0, MAX_DECIMALS);

/** A decimal string as in the sale, for the reason that it is one there: 0.1 * 3 is not 0.3. */
function largest(rule: keyof NumberRules, value: unknown, example: string): string | undefined {
  if (value === undefined) return;
  const isPositive = typeof value === 'string' && /^\d/.test(value) && /[1-9]/.test(value);
  if (isPositive && decimalProblem(value, example) === undefined) return value;
  throw wrong(
    `numberRules.${rule}`,
    `must be a decimal string above 0, such as "${example}", within the protocol's limits`,
  );
}
