import { readOutbox } from '../../src/adapters/sqlite/whole-file/export.ts';

/** What readOutbox() brings out of a file. */
export function exported(file: string): { ids: string[]; damaged: boolean } {
  const sales = readOutbox(file);
  const ids: string[] = [];
  for (;;) {
    const next = sales.next();
    if (next.done) return { ids, damaged: next.value.damaged };
    ids.push(next.value.saleId);
  }
}
