import type { DatabaseSync } from 'node:sqlite';

export const OUTBOX_ID = 'SELECT outbox_id AS id FROM ledger';

/**
 * Whose database it is.
 * @param checked what must be consistent for it to be believed: the ledger's table alone, or `all` of it
 * @returns `undefined` where it cannot be read, was not begun, or is not consistent: half written when the power went, or overwritten
 */
export function outboxIdIn(open: () => DatabaseSync, checked: 'ledger' | 'all'): string | undefined {
  try {
    const database = open();
    try {
      const check = database.prepare(`PRAGMA quick_check(${checked === 'all' ? 1 : "'ledger'"})`).get();
      if (check?.['quick_check'] !== 'ok') return;
      return database.prepare(OUTBOX_ID).get()?.['id'] as string | undefined;
    } finally {
      database.close();
    }
  } catch {
    return;
  }
}
