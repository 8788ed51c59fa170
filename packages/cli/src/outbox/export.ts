import { OutboxError, readOutbox } from '@amis-shop/shop-client';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { explain } from '../failure.ts';
import { jsonLine } from '../printable.ts';
import { exportObject } from './entry-output.ts';
import { loadSqlite, requiredOutbox } from './open.ts';

/** `shop-send outbox export`: NDJSON, also of a file that nothing else can open. */
export const run: Run = async ({ terminal, settings, world }) => {
  const file = requiredOutbox(settings);
  loadSqlite();
  const sales = readOutbox(file, { all: settings.values.all === true });
  for (;;) {
    const next = sales.next();
    if (next.done) {
      if (!next.value.damaged) return EXIT.accepted;
      terminal.use({ ...settings.values, json: false });
      terminal.failure(explain(damaged(file, next.value.sales)));
      return EXIT.ourFault;
    }
    world.signal.throwIfAborted();
    terminal.text(`${jsonLine(exportObject(next.value))}\n`);
    await terminal.flush();
    if (terminal.readerGone) {
      sales.return({ sales: 0, damaged: false });
      return EXIT.accepted;
    }
  }
};

/** Told on standard error, whatever the mode: standard output holds sales. */
const damaged = (file: string, sales: number): OutboxError =>
  new OutboxError(
    'outbox_damaged',
    `The outbox ${file} is damaged: ${sales} sales were read, others may be missing.`,
    { hint: 'Keep the file as it is and compare with the receipts of the till; then start a new outbox.' },
  );
