import { randomUUID } from 'node:crypto';
import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type Patience, patiently } from '../common/patiently.ts';

/** `done`, or which action's condition did not hold, the first of them, and by what it found there. */
export type Transacted = 'done' | { refused: number; found: Readonly<Record<string, string | undefined>> };

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
 * One transaction, tried again while it only meets others, always by one token: where an answer was lost, DynamoDB says
 * once more that it was done.
 * @throws what Amazon DynamoDB answers, where it was neither done nor refused by a condition
 */
export function transact(
  client: DynamoDBClient,
  input: TransactWriteItemsCommandInput,
  patience?: Patience,
): Promise<Transacted> {
  const ClientRequestToken = randomUUID();
  return patiently(
    async () => {
      try {
        await client.send(new TransactWriteItemsCommand({ ...input, ClientRequestToken }));
        return 'done';
      } catch (error) {
        const reasons = reasonsOf(error);
        const refused = reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed');
        if (refused < 0) throw error;
        const found = Object.entries(reasons[refused]?.Item ?? {}).map(([name, value]) => [name, value.S]);
        return { refused, found: Object.fromEntries(found) };
      }
    },
    passes,
    patience,
  );
}

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
