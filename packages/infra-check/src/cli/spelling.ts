import type { Spelling } from '../core/check-error.ts';

/** Where the option is called otherwise than the expectation: a list is repeated, and a unit is the option's own. */
const OTHERWISE: Readonly<Record<string, string>> = {
  resolvers: 'resolver',
  shops: 'shop',
  maxLatencyMs: 'max-latency',
  timeoutMs: 'timeout',
};

/** `expectIp` as it was typed: `--expect-ip`. */
export const asTyped: Spelling = (expectation) =>
  `--${OTHERWISE[expectation] ?? expectation.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
