import { OutboxError } from '@amis-shop/shop-client';
import { CliError } from '../cli-error.ts';
import type { Run } from '../context.ts';
import { EXIT, type ExitCode, worst } from '../exit-codes.ts';
import { explain } from '../failure.ts';
import { printable } from '../printable.ts';
import { onlyOutputFailed } from '../sale-output.ts';
import { openKnownTill } from './open.ts';
import { whichSales } from './which-sale.ts';

/** `shop-send outbox resolve <sale>... --reason TEXT`: closes rejected sales for good. */
export const run: Run = async (context) => {
  const { terminal, settings } = context;
  const { sale: words, reason } = settings.values;
  if (reason === undefined) {
    throw new CliError(
      'usage',
      'The reason is missing.',
      'Give one: --reason "booked by hand, slip 4711". It is stored with the sale.',
    );
  }
  await using till = await openKnownTill(context);
  const codes: ExitCode[] = [];
  const resolved: string[] = [];
  terminal.outcome(() =>
    onlyOutputFailed(`Sales that were resolved: ${resolved.length === 0 ? 'none' : resolved.join(', ')}`),
  );
  for (const { saleId, seq } of whichSales(till, words)) {
    try {
      await till.resolve(saleId, reason);
      resolved.push(saleId);
      const { resolution } = till.find(saleId) ?? {};
      terminal.result(
        [['Resolved', `number ${seq}, ${saleId}: ${printable(resolution?.reason ?? '', LONGEST_REASON)}`]],
        { status: 'resolved', sale_id: saleId, seq, reason: resolution?.reason },
      );
    } catch (error) {
      if (!(error instanceof OutboxError)) throw error;
      const failure = explain(error);
      terminal.failure(failure, { sale_id: saleId, seq });
      codes.push(failure.exitCode);
    }
  }
  return codes.length === 0 ? EXIT.accepted : worst(codes);
};

const LONGEST_REASON = 500;
