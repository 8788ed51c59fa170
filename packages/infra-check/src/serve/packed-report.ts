import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Report } from '../core/report.ts';

/** A report at rest: a hundred kilobytes of objects become a few of bytes outside the heap. */
export type PackedReport = Uint8Array;

const MOST_BYTES = 262_144;
const MOST_CHARACTERS = 4_000_000;

/** What is too large to be kept for every target loses its observations, never its findings. */
export function packReport(report: Report): PackedReport {
  const text = JSON.stringify(report);
  if (text.length > MOST_CHARACTERS) return packed(JSON.stringify({ ...report, observations: {} }));
  const whole = packed(text);
  return whole.length > MOST_BYTES ? packed(JSON.stringify({ ...report, observations: {} })) : whole;
}

export const unpackReport = (bytes: PackedReport): Report =>
  JSON.parse(inflateRawSync(bytes).toString()) as Report;

/** A copy of exactly its size: a Buffer may be a few bytes of a slab that it keeps from being freed. */
const packed = (text: string): PackedReport => new Uint8Array(deflateRawSync(text, { level: 1 }));
