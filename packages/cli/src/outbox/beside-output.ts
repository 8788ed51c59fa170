import type { RescuedSales, TillStatus } from '@amis-shop/shop-client';
import type { Row } from '../terminal.ts';

/** What lies beside an outbox and concerns its sales, as status and doctor show it. */

export const rescuedFinding = ({ file, sales }: RescuedSales): string =>
  sales === undefined
    ? `a till saved sales in ${file}, which cannot be read`
    : `${sales} sales that a till saved in ${file} are not delivered`;

export const besideRows = ({ rescued, openingProblem }: TillStatus): Row[] => [
  ...rescued.map(
    ({ file, sales }): Row => ['Rescued', `${file}: ${sales ?? 'unknown'} sales that are not delivered`],
  ),
  ...(openingProblem ? ([['Opening', openingProblem.message]] satisfies Row[]) : []),
];

export const besideWarnings = ({ rescued, openingProblem }: TillStatus): string[] => [
  ...(openingProblem
    ? [`No till opens this outbox from now on. ${openingProblem.message} ${openingProblem.hint}`]
    : []),
  ...rescued.map((found) => `${capitalized(rescuedFinding(found))}. ${found.hint}`),
];

/** For `--json`. */
export const besideObjects = ({ rescued, openingProblem }: TillStatus) => ({
  rescued,
  opening_problem: openingProblem,
});

const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
