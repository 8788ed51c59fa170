import type { Finding } from './finding.ts';
import { isInOrder, worstOf } from './status.ts';
import { listed } from './text.ts';

/** What one check found at one address. */
export interface AtAddress {
  address: string;
  finding: Finding;
}

/**
 * One finding for all addresses: the worst, for a till takes one address after the other, and goes on to no other one once
 * it is connected. Where they differ, it says at which of them.
 */
export function overAddresses(all: readonly [AtAddress, ...AtAddress[]]): Finding {
  const worst = worstOf(all.map(({ finding }) => finding.status));
  const { finding } = all.find((one) => one.finding.status === worst) ?? all[0];
  const { status, summary, fix } = finding;
  const alike = all.filter((one) => one.finding.status === status && one.finding.summary === summary);
  if (alike.length === all.length || isInOrder(finding)) return finding;
  const where = listed(alike.map(({ address }) => address));
  const areOthersBetter = all.some((one) => one.finding.status !== status);
  return {
    ...finding,
    summary: areOthersBetter
      ? `At ${where}, ${alike.length === 1 ? 'one' : alike.length} of ${all.length} addresses: ${summary}`
      : `At ${where}: ${summary}`,
    observed: listed(all.map((one) => `${one.address}: ${one.finding.observed ?? one.finding.summary}`)),
    fix:
      areOthersBetter && status === 'critical'
        ? `Look whether ${where} still belongs to this gateway, for the other addresses answer otherwise. ${fix ?? ''}`.trimEnd()
        : fix,
  };
}
