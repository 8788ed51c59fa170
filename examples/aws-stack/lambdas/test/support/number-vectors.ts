import { readFileSync } from 'node:fs';

/** The numbers that everybody on the way takes, and those that everybody refuses: vectors/README.md. */
export const numberVectors = JSON.parse(
  readFileSync(new URL('../../../../../vectors/numbers.json', import.meta.url), 'utf8'),
) as { valid: { decimal: string[] }; invalid: { decimal: { value: unknown; reason: string }[] } };
