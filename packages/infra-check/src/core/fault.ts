import { printable } from './text.ts';

/** A defect of this program, by its code where it has one and in its own words. */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error), 200);
  const { code = error.name, message } = error as NodeJS.ErrnoException;
  return printable(`${code}: ${message}`, 200);
}
