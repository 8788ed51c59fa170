import { decimalsOf, millionths } from './numbers.ts';

/** A shop's own rules for the numbers of its sales, all of them narrower than the protocol's. */
export interface NumberRules {
  /** At most so many decimals in `gross_turnover`, such as 2. */
  moneyDecimals?: number | undefined;
  /** At most so many decimals in `gross_number`, such as 3 for weighed goods. */
  quantityDecimals?: number | undefined;
  /** The largest `gross_number` of a line, sold or returned, such as `'999'`. */
  maxQuantity?: string | undefined;
  /** The largest `gross_turnover` of a line, taken or paid back, such as `'9999.99'`. */
  maxTurnover?: string | undefined;
  /** Whether `item_no` may begin with 0. Default `true`. */
  leadingZeros?: boolean | undefined;
}

/** What a number of a sale line breaks of the shop's rules, as the end of a sentence. */
export type RuleProblem = (text: string) => string | undefined;

export interface FieldRules {
  item_no: RuleProblem;
  gross_number: RuleProblem;
  gross_turnover: RuleProblem;
}

/** @param rules checked; each text that is given to the result keeps the protocol's bounds */
export function fieldRules(rules: NumberRules): FieldRules {
  const { moneyDecimals, quantityDecimals, maxQuantity, maxTurnover, leadingZeros = true } = rules;
  return {
    item_no: (text) => (leadingZeros || !text.startsWith('0') ? undefined : 'must not begin with 0'),
    gross_number: bounds(quantityDecimals, maxQuantity),
    gross_turnover: bounds(moneyDecimals, maxTurnover),
  };
}

function bounds(decimals: number | undefined, largest: string | undefined): RuleProblem {
  const limit = largest === undefined ? undefined : millionths(largest);
  return (text) => {
    if (decimals !== undefined && decimalsOf(text) > decimals) {
      return `has ${decimalsOf(text)} decimals; this shop allows ${decimals}`;
    }
    if (limit === undefined) return;
    const size = millionths(text.replace('-', ''));
    return size > limit ? `is larger than this shop allows (${largest})` : undefined;
  };
}
