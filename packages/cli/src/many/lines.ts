import { InvalidSaleError } from '@amis-shop/shop-client';
import { type JsonMistake, parseJson } from '../json.ts';
import { decodeUtf8 } from '../text-encoding.ts';

/** As much as a single sale may have, spaces included. */
export const LONGEST_LINE_BYTES = 1_048_576;

/** A line that holds a sale. */
export interface SaleLine {
  /** As editors count: from 1, with the empty ones. */
  number: number;
  /** The caller's own id. */
  saleId: string | undefined;
  sale: unknown;
}

/** A line that holds none; nothing of what it does hold is in the error. */
export interface BadLine {
  number: number;
  error: InvalidSaleError;
}

/** NDJSON, line by line, whatever the size of the whole. Empty lines are no sales. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncGenerator<SaleLine | BadLine> {
  let number = 0;
  for await (const bytes of splitLines(chunks, onRead)) {
    number += 1;
    const line = parseLine(bytes, number);
    if (line) yield line;
  }
}

/** @returns for a line that is too long `undefined`: it is not kept */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array | undefined> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  const end = (): Uint8Array | undefined => {
    const line =
      size > LONGEST_LINE_BYTES ? undefined : pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    pieces = [];
    size = 0;
    return line;
  };
  const take = (piece: Uint8Array) => {
    size += piece.length;
    if (size > LONGEST_LINE_BYTES) pieces = [];
    else pieces.push(piece);
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, at));
      onRead(at + 1 - from);
      from = at + 1;
      yield end();
    }
    if (from < chunk.length) take(chunk.subarray(from));
    onRead(chunk.length - from);
  }
  if (size > 0) yield end();
}

const LINE_FEED = 0x0a;

function parseLine(bytes: Uint8Array | undefined, number: number): SaleLine | BadLine | undefined {
  const bad = (problem: string, hint = HINT): BadLine => ({
    number,
    error: new InvalidSaleError(`The line ${problem}.`, hint),
  });
  if (bytes === undefined) return bad('is longer than 1 MiB', 'Write one sale a line.');
  const text = decodeUtf8(bytes, { keepMark: number > 1 });
  if (typeof text !== 'string') return bad(text.problem, text.hint);
  if (text.trim() === '') return;
  let mistake: JsonMistake | undefined;
  try {
    const value = parseJson(text.replace(/\r$/, ''), (found) => {
      mistake = found;
      return new SyntaxError();
    });
    return saleOf(value, number) ?? bad(BAD_ID, 'An id is optional; without one the sale gets a new one.');
  } catch (error) {
    if (mistake) return bad(`${mistake.problem}: column ${mistake.column}`);
    throw error;
  }
}

/** @returns nothing where the id is none */
function saleOf(value: unknown, number: number): SaleLine | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, 'id')) {
    return { number, saleId: undefined, sale: value };
  }
  const { id, ...sale } = value as { id: unknown };
  return typeof id === 'string' && ID.test(id) ? { number, saleId: id, sale } : undefined;
}

export const ID = /^[A-Za-z0-9._:-]{1,128}$/;
const BAD_ID = 'has an "id" that is not 1 to 128 of letters, digits and . _ : -';
const HINT =
  'A line is {"id": "A-17", "sales": [{"item_no": "12345", "gross_number": "5", "gross_turnover": "60.00"}]}.';
