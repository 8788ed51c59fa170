import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { log, namesOf } from './log.ts';

/** Deals with one message; where it throws, the queue hands the message out again. */
export type Work = (message: string) => Promise<void>;

/** All messages of a batch at once. */
export const together = async (event: SQSEvent, work: Work): Promise<SQSBatchResponse> =>
  toResponse(await Promise.all(event.Records.map((record) => attempt(record, work))));

/** The messages of a batch one after another, for work that would meet itself. */
export async function inTurn(event: SQSEvent, work: Work): Promise<SQSBatchResponse> {
  const failed: (string | undefined)[] = [];
  for (const record of event.Records) failed.push(await attempt(record, work));
  return toResponse(failed);
}

/** The id of the record where it failed: one that fails holds up no other. */
async function attempt(
  { messageId, body, attributes }: SQSEvent['Records'][number],
  work: Work,
): Promise<string | undefined> {
  try {
    await work(body);
    return;
  } catch (error) {
    log('failed', { messageId, attempt: attributes?.ApproximateReceiveCount, ...namesOf(error) });
    return messageId;
  }
}

/** What AWS Lambda makes of `ReportBatchItemFailures`: only these come again. */
const toResponse = (failed: readonly (string | undefined)[]): SQSBatchResponse => ({
  batchItemFailures: failed.filter((id) => id !== undefined).map((itemIdentifier) => ({ itemIdentifier })),
});
