import fs from 'node:fs';

/** `sqlite.org/fileformat2.html#the_write_ahead_log` */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * The first page of the database to which a log belongs, as the log has it last: with it in its place SQLite reads the others
 * from the log. @throws {RangeError} where the log does not hold it
 */
export function firstPageIn(log: string): Uint8Array {
  const descriptor = fs.openSync(log, 'r');
  try {
    const read = (bytes: number, at: number) => {
      const buffer = Buffer.alloc(bytes);
      return fs.readSync(descriptor, buffer, 0, bytes, at) === bytes ? buffer : undefined;
    };
    const header = read(HEADER_BYTES, 0);
    const pageBytes = header?.readUInt32BE(8) ?? 0;
    let page: Buffer | undefined;
    for (let at = HEADER_BYTES; header && isPageSize(pageBytes); at += FRAME_HEADER_BYTES + pageBytes) {
      const frame = read(FRAME_HEADER_BYTES, at);
      // What follows with other salts is left over from before the last checkpoint.
      if (!frame?.subarray(8, 16).equals(header.subarray(16, 24))) break;
      if (frame.readUInt32BE(0) === 1) page = read(pageBytes, at + FRAME_HEADER_BYTES) ?? page;
    }
    if (page === undefined) throw new RangeError('the log does not hold the first page');
    return page;
  } finally {
    fs.closeSync(descriptor);
  }
}

const isPageSize = (bytes: number): boolean => bytes >= 512 && bytes <= 65_536;
