import type { OutboxError } from '../../errors.ts';
import { Connection } from './connection/connection.ts';
import { openForReading, schemaVersionOf } from './connection/file.ts';
import { findObstacle, type Obstacle } from './files/companions.ts';
import { realPathOf, sizeOf } from './files/disk.ts';
import { nameProblem } from './files/one-name.ts';
import { rescuedNames } from './files/rescued-names.ts';

/** A file in which a till saved sales when its outbox was taken away, and some of which nobody has delivered. */
export interface RescuedFile {
  file: string;
  /** How many of its sales are queued or rejected; `undefined` where it cannot be read. */
  sales: number | undefined;
}

/** Where the outbox was put back it has them all; where an older copy was, it lacks the newest. */
const COMPARED = 100;

/**
 * The files beside an outbox with sales that are neither delivered nor in the outbox; each is only read.
 * @param holds whether the outbox has a sale
 */
export function rescuedBeside(file: string, holds: (saleId: string) => boolean): RescuedFile[] {
  return rescuedNames(file).flatMap((name) => {
    const open = openSalesIn(name);
    if (open === undefined) return { file: name, sales: undefined };
    return open.newest.every(holds) ? [] : { file: name, sales: open.count };
  });
}

function openSalesIn(file: string): { count: number; newest: string[] } | undefined {
  try {
    const database = openForReading(file);
    const connection = new Connection(file, database);
    try {
      if (schemaVersionOf(file, database) === 0) return { count: 0, newest: [] };
      const count = connection.get<{ sales: number }>('SELECT count(*) AS sales FROM queue')?.sales ?? 0;
      const rows = connection.all<{ id: string }>(
        `SELECT sale_id AS id FROM queue ORDER BY seq DESC LIMIT ${COMPARED}`,
      );
      return { count, newest: rows.map(({ id }) => id) };
    } finally {
      connection.close();
    }
  } catch {
    return;
  }
}

/** Why no till opens an outbox, though it can be read. @throws {OutboxError} where it cannot be looked at */
export function openingProblemOf(file: string): OutboxError | undefined {
  return sizeOf(file) === undefined ? undefined : nameProblem(realPathOf(file));
}

/** What keeps a till from selling or delivering, though the database is sound. @throws {OutboxError} where it cannot be looked at */
export const obstacleBeside = (file: string): Obstacle | undefined => findObstacle(realPathOf(file));
