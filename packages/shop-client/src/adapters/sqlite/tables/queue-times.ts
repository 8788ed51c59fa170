import type { Stamp } from '../../../core/queue-age.ts';
import type { Protocol } from '../../../sealed.ts';
import type { Connection } from '../connection/connection.ts';

/** When the next sale that is not due yet will be. */
export function readNextDue(connection: Connection, protocol: Protocol, now: number): number | undefined {
  const row = connection.get<{ at: number | null }>(
    `SELECT min(not_before) AS at FROM queue INDEXED BY scheduled
     WHERE protocol = ? AND not_before > 0 AND not_before > ? AND rejected = 0`,
    protocol,
    now,
  );
  return row?.at ?? undefined;
}

export function readOldestQueued(connection: Connection): Stamp | undefined {
  return connection.get<Stamp>(
    'SELECT seq, recorded_at AS recordedAt FROM queue WHERE rejected = 0 ORDER BY seq LIMIT 1',
  );
}

/** When the sales after a number were recorded, in whatever state they are. */
export function readStamps(connection: Connection, after: number, limit: number): Stamp[] {
  const page = 'SELECT seq, recorded_at AS recordedAt FROM';
  const where = 'WHERE seq > ? ORDER BY seq LIMIT ?';
  return connection.all<Stamp>(
    `SELECT * FROM (${page} queue ${where}) UNION ALL SELECT * FROM (${page} history ${where}) ORDER BY seq LIMIT ?`,
    after,
    limit,
    after,
    limit,
    limit,
  );
}
