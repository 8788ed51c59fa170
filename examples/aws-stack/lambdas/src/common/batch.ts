import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { namesOf } from './log.ts';
import { count } from './metrics.ts';

/** Deals with one message; where it throws, the queue hands the message out again. */
export type Work = (message: string) => Promise<void>;

/** Who works, as the metric `Failed` names it: to Lambda a batch of which a part failed is no error. */
export type Worker = 'decrypt' | 'process';

/** All messages of a batch at once. */
export const together = async (event: SQSEvent, worker: Worker, work: Work): Promise<SQSBatchResponse> =>
  toResponse(await Promise.all(event.Records.map((record) => attempt(record, worker, work))));

/** The messages of a batch one after another, for work that would meet itself. */
export async function inTurn(event: SQSEvent, worker: Worker, work: Work): Promise<SQSBatchResponse> {
  const failed: (string | undefined)[] = [];
  for (const record of event.Records) failed.push(await attempt(record, worker, work));
  return toResponse(failed);
}

/** The id of the record where it failed: one that fails holds up no other. */
async function attempt(
  { messageId, body, attributes }: SQSEvent['Records'][number],
  worker: Worker,
  work: Work,
): Promise<string | undefined> {
  try {
    await work(body);
    return;
  } catch (error) {
    const fields = { messageId, attempt: attributes?.ApproximateReceiveCount, ...namesOf(error) };
    count({ Failed: 1 }, { function: worker }, fields);
    return messageId;
  }
}

/** What AWS Lambda makes of `ReportBatchItemFailures`: only these come again. */
const toResponse = (failed: readonly (string | undefined)[]): SQSBatchResponse => ({
  batchItemFailures: failed.filter((id) => id !== undefined).map((itemIdentifier) => ({ itemIdentifier })),
});
