/** A thread that has the lease of an outbox, and says so, until it is ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';

const outbox = new SqliteOutbox(workerData as string);
const lease = outbox.lease(9);
parentPort?.on('message', () => {
  lease?.release(false);
  parentPort?.postMessage('released');
});
parentPort?.postMessage('leased');
