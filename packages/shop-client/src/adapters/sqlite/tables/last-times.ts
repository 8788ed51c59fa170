import type { Summary } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';

/** When the newest sale was recorded, and the newest accepted one was accepted: each the last row of an index. */
export function readLastTimes(connection: Connection): Pick<Summary, 'lastRecordedAt' | 'lastAcceptedAt'> {
  const newest = ['queue', 'history']
    .map((table) =>
      connection.get<{ seq: number; at: number }>(
        `SELECT seq, recorded_at AS at FROM ${table} ORDER BY seq DESC LIMIT 1`,
      ),
    )
    .reduce((a, b) => ((b?.seq ?? 0) > (a?.seq ?? 0) ? b : a));
  const accepted = connection.get<{ at: number }>(
    'SELECT accepted_at AS at FROM history WHERE resolution IS NULL ORDER BY seq DESC LIMIT 1',
  );
  return { lastRecordedAt: newest?.at, lastAcceptedAt: accepted?.at };
}
