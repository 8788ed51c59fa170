import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { saleLine, saleObject } from './entry-output.ts';
import { openKnownTill } from './open.ts';
import { salesOf } from './pages.ts';

/** `shop-send outbox list` */
export const run: Run = async (context) => {
  const { terminal, settings, world } = context;
  const { state, limit, mayHaveArrived } = settings.values;
  await using till = await openKnownTill(context);
  for (const sale of salesOf(till, { state, limit, mayHaveArrived })) {
    if (terminal.readerGone) break;
    world.signal.throwIfAborted();
    terminal.line(saleLine(sale), saleObject(sale));
    await terminal.flush();
  }
  return EXIT.accepted;
};
