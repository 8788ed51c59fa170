import type { OutboxSale, RejectedSale, TillStatus } from '@amis-shop/shop-client';
import type { Run } from '../context.ts';
import { EXIT, type ExitCode, exitCodeOf, worst } from '../exit-codes.ts';
import { whereTried } from '../failure.ts';
import { onlyOutputFailed, receiptWarnings } from '../sale-output.ts';
import { utcTime } from '../times.ts';
import { deliver, reasonForAll, reasonOf } from './deliver.ts';
import type { Reason } from './entry-output.ts';
import { openKnownTill } from './open.ts';

interface Flushed {
  accepted: number;
  rejected: number;
  queued: number;
  interrupted: boolean;
  /** As it was when the delivery ended by itself. */
  status: TillStatus | undefined;
  /** The oldest sale that should have been delivered and was not. */
  left: OutboxSale | undefined;
}

/** `shop-send outbox flush` */
export const run: Run = async (context) => {
  const { terminal, settings } = context;
  await using till = await openKnownTill(context);
  const count = { accepted: 0, rejected: 0 };
  till.on('accepted', (receipt) => {
    count.accepted += 1;
    for (const sentence of receiptWarnings(receipt)) terminal.warning(sentence);
  });
  till.on('rejected', ({ saleId, message }: RejectedSale) => {
    count.rejected += 1;
    terminal.warning(`The sale ${saleId} is rejected. ${message}`);
  });
  const { recorded } = till.status();
  const interrupted = await deliver(till, context);
  const status = interrupted ? undefined : till.status();
  const [oldest] = interrupted ? [] : till.list({ state: 'queued', limit: 1 });
  const { queued } = await till.close();
  const left = oldest && oldest.seq <= recorded ? oldest : undefined;
  const flushed = { ...count, queued, interrupted, status, left };
  const why = whatIsLeft(flushed);
  const reason = why && { ...why, message: why.message + whereTried(why.code, settings) };
  const delivering = status?.delivering === 'elsewhere' ? 'elsewhere' : 'nobody';
  terminal.outcome(() =>
    onlyOutputFailed(`Accepted: ${count.accepted}, rejected: ${count.rejected}, queued: ${queued}`),
  );
  terminal.result(
    [
      ['Accepted', String(count.accepted)],
      ['Rejected', String(count.rejected)],
      ['Queued', String(queued)],
    ],
    {
      status: queued > 0 ? 'queued' : count.rejected > 0 ? 'rejected' : 'accepted',
      ...count,
      queued,
      interrupted,
      delivering,
      held: status?.held && { ...status.held, since: utcTime(status.held.since) },
      reason,
    },
  );
  if (reason && delivering === 'elsewhere') terminal.warning(reason.message);
  else if (reason) terminal.problem(reason.message, reason.hint);
  if (count.rejected > 0)
    terminal.warning(`See shop-send outbox rejected --outbox ${settings.values.outbox}.`);
  return exitCodeAfter(flushed);
};

function whatIsLeft({ queued, interrupted, status, left }: Flushed): Reason | undefined {
  if (interrupted && queued > 0) {
    return {
      code: 'aborted',
      message: `Interrupted: sales that are still queued: ${queued}.`,
      hint: 'Nothing is lost: run the same command again.',
    };
  }
  if (status === undefined || left === undefined) return;
  return reasonForAll(status) ?? (left.failure && reasonOf(left.failure));
}

function exitCodeAfter({ rejected, queued, interrupted, status, left }: Flushed): ExitCode {
  const codes: ExitCode[] = [];
  if (rejected > 0) codes.push(EXIT.rejected);
  if (interrupted && queued > 0) codes.push(EXIT.interrupted);
  if (left && status?.delivering !== 'elsewhere') {
    codes.push(status?.held ? exitCodeOf(status.held.code) : EXIT.notReached);
  }
  return worst(codes);
}
