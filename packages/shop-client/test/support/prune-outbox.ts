/** prune-outbox FILE BEFORE: prunes slice by slice, and says after each how many have gone. It is killed in the middle. */
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';

const [, , file = '', before] = process.argv;
const outbox = new SqliteOutbox(file);
const acceptedBefore = Number(before);
let [gone, after] = [0, 0];
for (let more = true; more; ) {
  const slice = outbox.prune({ acceptedBefore, after, at: acceptedBefore, dryRun: false });
  gone += slice.sales;
  after = slice.through;
  more = slice.more;
  process.stdout.write(`${gone}\n`);
}
while (outbox.giveBack());
