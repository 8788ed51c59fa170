import { InvalidSaleError, SaleTooLargeError } from '../errors.ts';
import { type SaleLine, saleLines } from './sale.ts';

const MAX_PARTS = 100;
const SHORTEST_LINE = '{"item_no":"1","gross_number":"1","gross_turnover":"1"}'.length;

/**
 * Parts for version 1: as many whole lines in each as fit, in order.
 * @param size of the JSON, in bytes
 * @throws {SaleTooLargeError}
 */
export function splitBySize(json: string, size: number, capacity: number): string[] {
  const lines = saleLines(json);
  if (lines === undefined) {
    throw new SaleTooLargeError(
      `The payload has ${size} bytes; version 1 of the protocol takes ${capacity}, and payloads of your own schema cannot be split.`,
      { size, limit: capacity, hint: 'Use version 2: set protocol to auto or 2.' },
    );
  }
  const parts = packLines(lines, capacity);
  if (parts.length > MAX_PARTS) {
    throw new SaleTooLargeError(
      `The sale has ${size} bytes and would need ${parts.length} parts of ${capacity} bytes; at most ${MAX_PARTS} are sent.`,
      { size, limit: capacity, hint: 'Use version 2 (protocol auto or 2), or send it as several sales.' },
    );
  }
  return parts.map(saleJson);
}

/**
 * Parts for version 2: whole lines, in order, of at most so many different items. Another payload than the shop's sale is
 * not taken apart.
 * @throws {InvalidSaleError}
 */
export function splitByItems(json: string, maxItems: number): string[] {
  if (json.length < maxItems * SHORTEST_LINE) return [json];
  const lines = saleLines(json);
  if (lines === undefined || lines.length <= maxItems) return [json];
  const parts: SaleLine[][] = [[]];
  let items = new Set<number>();
  for (const line of lines) {
    const item = Number(line.item_no);
    if (items.size === maxItems && !items.has(item)) {
      parts.push([]);
      items = new Set();
    }
    items.add(item);
    parts.at(-1)?.push(line);
  }
  if (parts.length > MAX_PARTS) {
    throw new InvalidSaleError(
      `The sale would need ${parts.length} parts of ${maxItems} different items; at most ${MAX_PARTS} are sent.`,
      'Send it as several sales, or allow more items in a message (maxItems).',
    );
  }
  return parts.length === 1 ? [json] : parts.map(saleJson);
}

function packLines(lines: SaleLine[], capacity: number): SaleLine[][] {
  const parts: SaleLine[][] = [];
  for (const [i, line] of lines.entries()) {
    const last = parts.at(-1);
    if (last && Buffer.byteLength(saleJson([...last, line])) <= capacity) {
      last.push(line);
      continue;
    }
    const size = Buffer.byteLength(saleJson([line]));
    if (size > capacity) {
      throw new SaleTooLargeError(
        `Line ${i + 1} of the sale has ${size} bytes; a part of version 1 takes ${capacity}.`,
        { size, limit: capacity, hint: 'Use version 2: set protocol to auto or 2.' },
      );
    }
    parts.push([line]);
  }
  return parts;
}

function saleJson(sales: SaleLine[]): string {
  return JSON.stringify({ sales });
}
