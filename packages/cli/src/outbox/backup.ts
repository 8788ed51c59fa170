import { backupOutbox } from '@amis-shop/shop-client';
import { CliError } from '../cli-error.ts';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { onlyOutputFailed } from '../sale-output.ts';
import { loadSqlite, requiredOutbox } from './open.ts';

const REDRAW_MS = 100;

/** `shop-send outbox backup FILE`: needs neither key nor network, and changes nothing in the outbox. */
export const run: Run = async ({ terminal, settings, world }) => {
  const to = settings.values.backupFile;
  if (to === undefined) {
    throw new CliError(
      'usage',
      'The file for the backup is missing.',
      'Name it: shop-send outbox backup FILE.',
    );
  }
  const outbox = requiredOutbox(settings);
  loadSqlite();
  let drawnAt = 0;
  const onProgress = ({ done, total }: { done: number; total: number }) => {
    if (!terminal.showsProgress || performance.now() < drawnAt + REDRAW_MS) return;
    drawnAt = performance.now();
    terminal.progress(`${done} of ${total} pages`, done / Math.max(1, total));
  };
  try {
    const { file, recorded, bytes } = await backupOutbox(outbox, to, { signal: world.signal, onProgress });
    terminal.progress('');
    terminal.outcome(() => onlyOutputFailed(`The backup ${file} of ${recorded} sales is complete`));
    terminal.result(
      [
        ['Backup', file],
        ['Recorded', String(recorded)],
        ['Size', `${bytes} bytes`],
      ],
      { status: 'made', file, recorded, bytes },
    );
    return EXIT.accepted;
  } finally {
    terminal.progress('');
  }
};
