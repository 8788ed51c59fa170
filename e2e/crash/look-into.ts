import { spawnSync } from 'node:child_process';

const SQL = 'SELECT count(*) FROM queue';
const PROGRAM = `const database = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
  database.exec(process.argv[2]);
  database.close();`;

/**
 * Another program opens the file and closes it again: the shell of SQLite where there is one, else Node's. Where nobody else seems
 * to have the file open, it folds the log in and removes it.
 */
export function lookInto(file: string): void {
  const { error } = spawnSync('sqlite3', [file, SQL]);
  if (error) spawnSync(process.execPath, ['--no-warnings', '-e', PROGRAM, file, SQL]);
}
