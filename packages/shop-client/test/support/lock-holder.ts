/** A thread that holds the lock to write of an outbox, says so, and lets go by itself after so long. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

const { file, forMs, lock } = workerData as { file: string; forMs: number; lock: 'IMMEDIATE' | 'EXCLUSIVE' };
const database = new DatabaseSync(file);
database.exec(`BEGIN ${lock}`);
parentPort?.postMessage('locked');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
database.exec('ROLLBACK');
database.close();
