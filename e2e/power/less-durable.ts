/** The control: a program that loads this first opens its outbox with `synchronous=NORMAL`, which a power cut must show. */
import { DatabaseSync } from 'node:sqlite';

const exec = DatabaseSync.prototype.exec;

DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql.replace(/synchronous *= *FULL/gi, 'synchronous = NORMAL'));
};
