import { vi } from 'vitest';

/** What the functions write to standard output, line by line; it is kept from the terminal. */
export function captureOutput() {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    lines.push(`${chunk}`);
    return true;
  });
  return {
    text: () => lines.join(''),
    /** The values of a metric, as CloudWatch reads them. */
    metric: (name: string): number[] =>
      lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => '_aws' in line && name in line)
        .map((line) => line[name] as number),
    /** The values of a dimension or a field in the lines of a metric. */
    told: (name: string, field: string): unknown[] =>
      lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => '_aws' in line && name in line)
        .map((line) => line[field]),
  };
}
