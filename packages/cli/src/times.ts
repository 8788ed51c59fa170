/** For people: local time with its distance from UTC, to the second, such as `2026-11-22T21:03:11+01:00`. */
export function localTime(at: number): string {
  const minutes = -new Date(at).getTimezoneOffset();
  const shifted = new Date(at + minutes * 60_000).toISOString().slice(0, 19);
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${shifted}${minutes < 0 ? '-' : '+'}${two(hours)}:${two(rest)}`;
}

/** For programs. */
export const utcTime = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString();

/** How long ago, in the two largest units: `3 d 4 h`, `12 min 5 s`. */
export function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = UNITS.map(([unit, size, next]) => [Math.floor((seconds % next) / size), unit] as const);
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map((part) => part.join(' '))
    .join(' ');
}

const UNITS = [
  ['d', 86_400, Number.POSITIVE_INFINITY],
  ['h', 3_600, 86_400],
  ['min', 60, 3_600],
  ['s', 1, 60],
] as const;

const two = (count: number): string => String(count).padStart(2, '0');
