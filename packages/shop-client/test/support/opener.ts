/** A thread that opens new outboxes at the very moment when others open them; it tells how each opening failed. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';

export interface OpenerOrders {
  folder: string;
  rounds: number;
  openers: number;
  /** How many openings were begun by all of them. */
  begun: Int32Array;
}

const { folder, rounds, openers, begun } = workerData as OpenerOrders;
const identity = { shopId: 'AMIS1', tillId: 'till-07', url: 'https://api.retsema.eu/shop', createdAt: 0 };

const failures: string[] = [];
for (let round = 1; round <= rounds; round++) {
  Atomics.add(begun, 0, 1);
  Atomics.notify(begun, 0);
  for (let all = 0; all < round * openers; all = Atomics.load(begun, 0)) Atomics.wait(begun, 0, all);
  try {
    new SqliteOutbox(join(folder, `${round}.db`), identity).close();
  } catch (error) {
    failures.push(String(error));
  }
}
parentPort?.postMessage(failures);
