import { readStart } from './disk.ts';

/** What the first page of a database says of it. Source: sqlite.org/fileformat.html, 1.3 */
export interface Header {
  applicationId: number;
  version: number;
  /** 0 where there are no tables. */
  schema: number;
}

/** Of a database with nothing in it. */
const EMPTY: Header = { applicationId: 0, version: 0, schema: 0 };

const MAGIC = 'd9d505f920a163d7';
/** The first page is the first that a change touches, so it comes early. */
const LOOKED_AT = 1024 * 1024;
const HEADER_BYTES = 28;
const PAGE_NUMBER = 4;
const CHECKSUM = 4;

/**
 * What SQLite will make of a database in the middle of whose change a program or the machine stopped, when it may write: the
 * journal beside it has the pages as they were. `undefined`: the journal says nothing of the first page, so that is as it was.
 * Source: sqlite.org/fileformat.html, 3
 */
export function headerAfterRollback(file: string): Header | undefined {
  const journal = readStart(`${file}-journal`, LOOKED_AT);
  if (
    journal === undefined ||
    journal.length < HEADER_BYTES ||
    journal.subarray(0, 8).toString('hex') !== MAGIC
  )
    return;
  const [records, pagesBefore, sector, page] = [8, 16, 20, 24].map((at) => journal.readUInt32BE(at)) as [
    number,
    number,
    number,
    number,
  ];
  if (pagesBefore === 0) return EMPTY;
  const step = PAGE_NUMBER + page + CHECKSUM;
  for (let i = 0, at = sector; i < records && at + step <= journal.length; i++, at += step) {
    if (journal.readUInt32BE(at) === 1) return readHeader(journal.subarray(at + PAGE_NUMBER));
  }
  return;
}

function readHeader(page: Buffer): Header {
  return {
    applicationId: page.readUInt32BE(68),
    version: page.readUInt32BE(60),
    schema: page.readUInt32BE(40),
  };
}
