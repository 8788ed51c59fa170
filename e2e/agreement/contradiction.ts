import type { Break } from '@amis-shop/sandbox';
import type { Fault } from '@amis-shop/shop-client/testing';
import type { Result } from './cases.ts';

/** A till that fails with this exit code where infra-check sees nothing, and why that must be. */
interface Exception {
  readonly faults: readonly (Break | Fault)[];
  readonly exitCode: number;
  readonly reason: string;
}

const EXCEPTIONS: readonly Exception[] = [
  {
    faults: ['kms-alias-gone', 'kms-disabled'],
    exitCode: 6,
    reason: 'No answer of the gateway shows the keys of KMS: infra-check looks at them with --aws.',
  },
  {
    faults: ['status-400'],
    exitCode: 3,
    reason: 'A shop answers 400 to the body that infra-check posts, for it is no sale.',
  },
];

export type Kind = 'agreed' | 'excepted' | 'contradicted';

/** The sale was accepted, and the path is open, or neither. */
export function contradiction(result: Result): { kind: Kind; reason: string } {
  const { exitCode, path, breaks, fault } = result;
  const isDelivered = exitCode === 0;
  const isOpen = path === 'ok' || path === 'warning';
  if (isDelivered === isOpen) return { kind: 'agreed', reason: '' };
  const met = new Set<string | undefined>([...breaks, fault]);
  const excepted = EXCEPTIONS.find(
    (one) => one.exitCode === exitCode && one.faults.some((each) => met.has(each)),
  );
  if (excepted) return { kind: 'excepted', reason: excepted.reason };
  return {
    kind: 'contradicted',
    reason: isDelivered
      ? 'a false alarm, for the sale was accepted'
      : 'a false OK, for the sale was not accepted',
  };
}
