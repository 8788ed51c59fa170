import type { PrunedRun } from './audit.ts';

/** Sales by number become runs of those that follow one another. */
export function runsOf(sales: readonly { seq: number; bytes: number; chain: Uint8Array }[]): PrunedRun[] {
  const runs: PrunedRun[] = [];
  for (const { seq, bytes, chain } of sales) {
    const last = runs.at(-1);
    if (last?.through === seq - 1) {
      Object.assign(last, { through: seq, chain, accepted: last.accepted + 1, bytes: last.bytes + bytes });
    } else runs.push({ first: seq, through: seq, chain, accepted: 1, bytes });
  }
  return runs;
}
