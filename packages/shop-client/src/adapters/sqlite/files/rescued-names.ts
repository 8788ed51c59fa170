import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The file, beside an outbox, in which a till saves what it holds when the outbox was taken away from it. */
export const rescuedName = (file: string, at: Date): string =>
  `${file}-rescued-${at.toISOString().replace(/[:.]/g, '-')}`;

/** Also what was saved of such a file in its turn; without the files that belong to each. */
const OF_RESCUED = /^-rescued-[^.]*Z$/;

/** Those that lie beside an outbox now, whether or not it is there; none where the folder cannot be read. */
export function rescuedNames(file: string): string[] {
  try {
    const real = realNameOf(file);
    const own = basename(real);
    return fs
      .readdirSync(dirname(real))
      .filter((name) => name.startsWith(own) && OF_RESCUED.test(name.slice(own.length)))
      .sort()
      .map((name) => join(dirname(real), name));
  } catch {
    return [];
  }
}

function realNameOf(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return join(fs.realpathSync(dirname(file)), basename(file));
  }
}
