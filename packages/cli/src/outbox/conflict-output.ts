import type { TillStatus } from '@amis-shop/shop-client';
import type { Row } from '../terminal.ts';
import { localTime, utcTime } from '../times.ts';

/** A conflict that the shop told of, as status and doctor show it. */
interface Told {
  label: string;
  /** Before the hint. */
  warning: string;
  /** For doctor. */
  finding: string;
  count: number;
  last: string;
  at: number;
  hint: string;
}

/** The graver one first: what was not booked is missing. */
export function conflictsIn({ saleIdConflict, sequenceConflict }: TillStatus): Told[] {
  return [
    ...(saleIdConflict
      ? [
          {
            ...saleIdConflict,
            label: 'Ids twice',
            last: `sale ${saleIdConflict.saleId} (number ${saleIdConflict.seq})`,
            warning: `The shop received ids of this till before, with other sales, and did not book these: ${saleIdConflict.count}, the last is sale ${saleIdConflict.saleId}.`,
            finding: `the shop did not book ${saleIdConflict.count} of its sales, because it received their ids before, with other sales; the last was sale ${saleIdConflict.saleId} (number ${saleIdConflict.seq})`,
          },
        ]
      : []),
    ...(sequenceConflict
      ? [
          {
            ...sequenceConflict,
            label: 'Numbers twice',
            last: String(sequenceConflict.seq),
            warning: 'The shop received sequence numbers of this till before, with other sales.',
            finding: `the shop received ${sequenceConflict.count} of its sequence numbers before, with other sales; the last was ${sequenceConflict.seq}`,
          },
        ]
      : []),
  ];
}

export const conflictRows = (status: TillStatus): Row[] =>
  conflictsIn(status).map(
    ({ label, count, last, at }): Row => [
      label,
      `${count}, the last is ${last}, reported by the shop ${localTime(at)}`,
    ],
  );

export const conflictWarnings = (status: TillStatus): string[] =>
  conflictsIn(status).map(({ warning, hint }) => `${warning} ${hint}`);

/** For `--json`. */
export function conflictObjects({ saleIdConflict, sequenceConflict }: TillStatus) {
  const object = (conflict: TillStatus['saleIdConflict']) => {
    if (conflict === undefined) return;
    const { saleId: sale_id, at, ...rest } = conflict;
    return { sale_id, ...rest, at: utcTime(at) };
  };
  return { sequence_conflict: object(sequenceConflict), sale_id_conflict: object(saleIdConflict) };
}
