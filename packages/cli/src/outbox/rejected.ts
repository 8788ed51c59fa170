import type { OutboxSale } from '@amis-shop/shop-client';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { localTime } from '../times.ts';
import { answerLines, saleObject } from './entry-output.ts';
import { openKnownTill } from './open.ts';
import { salesOf } from './pages.ts';

/** `shop-send outbox rejected`: what the shop refused, why, and what to do. */
export const run: Run = async (context) => {
  const { terminal, settings, world } = context;
  const file = settings.values.outbox as string;
  await using till = await openKnownTill(context);
  let sales = 0;
  for (const sale of salesOf(till, { state: 'rejected' })) {
    if (terminal.readerGone) break;
    world.signal.throwIfAborted();
    sales += 1;
    if (terminal.json) terminal.line('', saleObject(sale));
    else terminal.text(paragraph(sale, file));
    await terminal.flush();
  }
  if (sales === 0 && !terminal.json) terminal.text('No sale is rejected.\n');
  return EXIT.accepted;
};

function paragraph(
  { saleId, seq, recordedAt, settledAt, attempts, failure }: OutboxSale,
  file: string,
): string {
  const when = settledAt ?? failure?.at;
  const rejectedAt = when === undefined ? '' : `, rejected ${localTime(when)}`;
  const lines = [
    `${saleId}: number ${seq}, recorded ${localTime(recordedAt)}${rejectedAt}, attempts: ${attempts}`,
    ...(failure ? [`  ${failure.message}`, ...answerLines(failure), `  ${failure.hint}`] : []),
    ...(failure?.code === 'message_altered'
      ? []
      : [`  The same bytes again: shop-send outbox retry ${saleId} --outbox ${file}`]),
    `  To close it for good: shop-send outbox resolve ${saleId} --outbox ${file} --reason "..."`,
  ];
  return lines.map((line) => `${printable(line, LONGEST)}\n`).join('');
}

/** Of the answer's body more is kept than this: --json has all of it. */
const LONGEST = 1_000;
