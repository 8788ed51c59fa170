import { readFileSync } from 'node:fs';
import type { Till } from '../../src/index.ts';

/** A row of a table of docs/testing.md. */
export interface RefusalRow {
  fault: string;
  /** None where TLS fails. */
  amount: string | undefined;
  code: string | undefined;
  sale: string;
}

const document = readFileSync(new URL('../../../../docs/testing.md', import.meta.url), 'utf8');

const rows: RefusalRow[] = [...document.matchAll(/^\| `([\w-]+)` \| (.*) \|$/gm)].map(
  ([, fault = '', rest = '']) => {
    const cells = rest.split('|').map((cell) => cell.trim());
    const code = cells.at(-2)?.replaceAll('`', '') || undefined;
    const amount = /^\d+\.\d\d$/.exec(cells[0] ?? '')?.[0];
    return { fault, amount, code, sale: cells.at(-1) ?? '' };
  },
);

/** What docs/testing.md says of the faults of posts. */
export const refusals = rows.filter(
  (row): row is RefusalRow & { amount: string } => row.amount !== undefined,
);

/** And of those of TLS. */
export const tlsFailures = rows.filter(({ amount }) => amount === undefined);

/** What became of a sale after a flush, as the tables have it; by default of the only one. */
export function reported(till: Till, saleId?: string): Pick<RefusalRow, 'code' | 'sale'> {
  const sale = saleId === undefined ? till.list()[0] : till.find(saleId);
  const { held } = till.status();
  return { code: held?.code ?? sale?.failure?.code, sale: held ? 'held' : (sale?.state ?? 'none') };
}
