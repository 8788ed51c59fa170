import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { Reattached } from '../../src/adapters/sqlite/recovery/attachment.ts';
import type { OutboxError } from '../../src/errors.ts';
import { IDENTITY } from '../outbox/contract.ts';
import { temporaryFolder } from './till.ts';

export interface Opened {
  file: string;
  outbox: SqliteOutbox;
  /** What the outbox reported of files that were exchanged under it. */
  told: Reattached[];
}

/** A test that takes an outbox's files away ends with sales that are not in them. */
function closeAnyway(outbox: SqliteOutbox): void {
  try {
    outbox.close();
  } catch (error) {
    if ((error as OutboxError).code !== 'outbox_detached') throw error;
  }
}

/** An outbox that is closed when the test is over; a new one unless a file is named. */
export function open(file = join(temporaryFolder(), 'outbox.db')): Opened {
  const told: Reattached[] = [];
  const outbox = new SqliteOutbox(file, IDENTITY, (reattached) => told.push(reattached));
  onTestFinished(() => closeAnyway(outbox));
  return { file, outbox, told };
}
