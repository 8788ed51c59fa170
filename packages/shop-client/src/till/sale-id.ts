import { ID } from '../core/message.ts';
import type { IdConflict, Recorded, RecordResult } from '../entry.ts';
import { OutboxError } from '../errors.ts';
import { matching } from '../option-checks.ts';
import type { Logger } from '../ports.ts';

const SALE_ID_FORM = '1 to 128 of letters, digits and . _ : -';

export function checkSaleId(saleId: string): void {
  matching('saleId', saleId, ID, SALE_ID_FORM);
}

/**
 * One id is one sale, whatever became of it: another sale under it is refused.
 * @throws {OutboxError} `sale_id_conflict`, `sale_id_unverified`
 */
export function checkedResult(
  result: RecordResult,
  { file, logger }: { file: string; logger?: Logger | undefined },
): Recorded {
  if ('conflict' in result) throw conflictError(result, file);
  const { saleId, seq, unverified } = result;
  if (unverified) {
    logger?.warn({ saleId, seq }, 'a sale was recorded under this id before; the two cannot be compared');
  }
  return result;
}

function conflictError({ conflict, saleId, seq, recordedAt }: IdConflict, file: string): OutboxError {
  const first = `sale number ${seq}, recorded at ${new Date(recordedAt).toISOString()}`;
  if (conflict === 'other_content') {
    return new OutboxError(
      'sale_id_conflict',
      `The sale id ${saleId} belongs to ${first}, with different content.`,
      {
        hint: 'Record this sale under an id of its own; the first one is unchanged, and this one was not recorded.',
      },
    );
  }
  return new OutboxError(
    'sale_id_unverified',
    `The sale id ${saleId} belongs to ${first}; the two cannot be compared, because ${file}-secret was lost or replaced.`,
    {
      hint: `Compare with the receipt of number ${seq}: if this is another sale, record it under an id of its own; otherwise it is already recorded.`,
    },
  );
}
