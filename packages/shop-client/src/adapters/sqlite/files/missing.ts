import { OutboxError } from '../../../errors.ts';
import { rescuedNames } from './rescued-names.ts';

export function missing(file: string): OutboxError {
  const [rescued] = rescuedNames(file).slice(-1);
  if (rescued !== undefined) {
    return new OutboxError(
      'outbox_missing',
      `There is no outbox ${file}, but a till saved its sales in ${rescued}.`,
      {
        hint: `Deliver them with shop-send outbox flush --outbox ${rescued}, or put the outbox back; not both. The next sale creates a new outbox.`,
      },
    );
  }
  return new OutboxError('outbox_missing', `There is no outbox ${file}.`, {
    hint: 'Check the path, the working folder, and whether its disk is mounted; the first sale creates a new outbox.',
  });
}

export function unbegun(file: string): OutboxError {
  return new OutboxError('outbox_missing', `${file} is empty: no outbox was begun in it.`, {
    hint: 'The first recorded sale creates one. If sales were in it, the file was cut off: look for a copy.',
  });
}
