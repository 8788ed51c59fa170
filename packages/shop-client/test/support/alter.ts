import { DatabaseSync } from 'node:sqlite';

/** Changes an outbox as another program would, whoever has it open. */
export function alter(file: string, ...statements: string[]): void {
  const database = new DatabaseSync(file);
  try {
    for (const statement of statements) database.exec(statement);
  } finally {
    database.close();
  }
}
