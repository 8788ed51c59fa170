/** A process that records a sale of its own and, at the same time as others, one under an id that all of them use. */
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { draft } from '../outbox/draft.ts';

const [file = '', name = ''] = process.argv.slice(2);
const outbox = new SqliteOutbox(file);
const record = (saleId: string, content: string) => {
  for (;;) {
    try {
      return outbox.commit([{ type: 'record', draft: draft(saleId, { content }) }])[0];
    } catch (error) {
      if ((error as { code?: string }).code !== 'outbox_busy') throw error;
    }
  }
};
const own = record(name, `own of ${name}`);
const shared = record('shared', `shared of ${name}`);
outbox.close();
process.send?.({ own, shared });
