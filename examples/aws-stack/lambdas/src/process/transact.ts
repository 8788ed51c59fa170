import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type Patience, patiently } from '../shared/patiently.ts';

export type Transacted = { booked: true } | { booked: false; digest: string | undefined };

/** Two at the same item, or more than the table bears for now. Source: TransactWriteItems, cancellation reasons. */
const PASSING = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/** Errors of the whole call that pass; the SDK has tried again before. */
const PASSING_ERRORS = new Set([
  'TransactionInProgressException',
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
]);

/**
 * Books, or finds the marker of the same sale with its digest.
 * @throws what Amazon DynamoDB answers, where it did neither
 */
export const transact = (
  client: DynamoDBClient,
  input: TransactWriteItemsCommandInput,
  patience?: Patience,
): Promise<Transacted> =>
  patiently(
    async () => {
      try {
        await client.send(new TransactWriteItemsCommand(input));
        return { booked: true };
      } catch (error) {
        const marker = reasonsOf(error)[0];
        if (marker?.Code !== 'ConditionalCheckFailed') throw error;
        return { booked: false, digest: marker.Item?.['digest']?.S };
      }
    },
    passes,
    patience,
  );

/** One reason for each action, in their order; `None` for those that would have gone well. */
const reasonsOf = (error: unknown) =>
  error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];

function passes(error: unknown): boolean {
  const codes = reasonsOf(error)
    .map(({ Code }) => Code ?? 'None')
    .filter((code) => code !== 'None');
  if (codes.length > 0) return codes.every((code) => PASSING.has(code));
  return error instanceof Error && PASSING_ERRORS.has(error.name);
}
