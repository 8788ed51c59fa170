import { millionths } from '../core/numbers.ts';
import { type Sale, saleSchema } from '../core/sale.ts';
import type { OpenedSale } from '../receiver/opened-sale.ts';
import { saleKey } from '../receiver/sale-key.ts';
import { FAULTS, type Fault } from './faults.ts';

/**
 * The `gross_turnover` by which a sale chooses its own fault at a fake shop: 90 and the status of the answer. No back end
 * knows of them.
 */
export const MAGIC_AMOUNTS: Readonly<Record<Fault, string>> = {
  'lost-ack': '90000.01',
  reset: '90000.02',
  delay: '90000.03',
  'captive-portal': '90200.00',
  'status-400': '90400.00',
  'status-401': '90401.00',
  'missing-token': '90403.01',
  forbidden: '90403.02',
  'invalid-signature': '90403.03',
  'expired-token': '90403.04',
  'access-denied': '90403.05',
  'status-408': '90408.00',
  'status-413': '90413.00',
  'status-415': '90415.00',
  'status-429': '90429.00',
  quota: '90429.01',
  'status-500': '90500.00',
  'status-502': '90502.00',
  'status-503': '90503.00',
  'status-504': '90504.00',
};

const FAULT_OF = new Map(FAULTS.map((fault) => [millionths(MAGIC_AMOUNTS[fault]), fault]));

/** Counts the posts of each sale that chose a fault: its `gross_number` says how many meet it, 0 that all do. */
export class MagicAmounts {
  readonly #met = new Map<string, number>();

  /** The fault that this post of a sale meets by its first magic amount, if it has one. */
  faultOf(opened: OpenedSale<unknown>): Fault | undefined {
    const chosen = chosenFault(opened.sale);
    if (chosen === undefined) return;
    const id = saleKey(opened);
    const met = this.#met.get(id) ?? 0;
    if (met >= chosen.times) return;
    this.#met.set(id, met + 1);
    return chosen.fault;
  }
}

function chosenFault(sale: unknown): { fault: Fault; times: number } | undefined {
  const result = saleSchema['~standard'].validate(sale);
  if (!('value' in result)) return;
  for (const { gross_number, gross_turnover } of (result.value as Sale).sales) {
    const fault = FAULT_OF.get(millionths(gross_turnover));
    if (fault) return { fault, times: Math.ceil(Math.abs(Number(gross_number))) || Number.POSITIVE_INFINITY };
  }
  return;
}
