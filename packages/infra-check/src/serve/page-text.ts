const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A length of time in its two largest units: `3 d 4 h`, `12 min 5 s`, `0 s`. */
export function span(ms: number): string {
  const at = UNITS.findIndex(([, size]) => ms >= size);
  const [large, small] = [UNITS[at], UNITS[at + 1]];
  if (large === undefined) return '0 s';
  const count = Math.floor(ms / large[1]);
  const rest = small === undefined ? 0 : Math.floor((ms % large[1]) / small[1]);
  const first = `${count} ${large[0]}`;
  return rest === 0 || small === undefined || count >= 10 ? first : `${first} ${rest} ${small[0]}`;
}

/** A length of time in one unit, for where there is little room: `100 s`, `96 min`, `47 h`, `9 d`. */
export function roughly(ms: number): string {
  if (ms < 120_000) return `${Math.floor(Math.max(0, ms) / 1_000)} s`;
  if (ms < 2 * 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  return ms < 2 * 86_400_000 ? `${Math.floor(ms / 3_600_000)} h` : `${Math.floor(ms / 86_400_000)} d`;
}

/** Whole days until then, below zero when it has passed. */
export const daysLeft = (end: number, now: number): number => Math.floor((end - now) / 86_400_000);

/** UTC, such as `2026-11-20T12:00`. */
export const minuteOf = (at: number): string => new Date(at).toISOString().slice(0, 16);
