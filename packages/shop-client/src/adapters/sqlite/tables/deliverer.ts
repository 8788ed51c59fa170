import { hostname } from 'node:os';
import type { Deliverer } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { isLeased } from '../connection/lock.ts';
import { isAlive } from '../files/processes.ts';

/** Who has signed on and delivers still. @throws {OutboxError} */
export function readDeliverer(connection: Connection): Deliverer | undefined {
  const signed = connection.ask(() =>
    connection.get<Deliverer>('SELECT pid, host, since FROM deliverer WHERE released = 0'),
  );
  return signed && isDelivering(signed, connection.file) ? signed : undefined;
}

/** As far as it can be known from here. One that died may have had our number. */
function isDelivering({ pid, host }: Deliverer, file: string): boolean {
  if (host !== hostname()) return true;
  return pid === process.pid ? isLeased(file) : isAlive(pid);
}
