import { inspect } from 'node:util';
import type { Logger } from './ports.ts';

/** Calls code of the caller's: a listener, a logger. @param what names it in a report */
export type Guard = (what: string, call: () => unknown) => void;

/**
 * What the caller's code throws, or what a promise of it rejects with, is reported and goes no further: to the logger each
 * time, and as a warning of the process the first time.
 */
export function guardWith(logger?: Logger): Guard {
  const warned = new Set<string>();
  const report = (what: string, error: unknown) => {
    const text = textOf(error);
    logger?.warn({ error: text.split('\n', 1)[0] }, `${what} failed; delivery continues without it`);
    if (warned.has(what)) return;
    warned.add(what);
    process.emitWarning(`${what} failed: ${text}`, {
      type: 'AmisShopWarning',
      code: 'AMIS_SHOP_CALLER_CODE',
    });
  };
  return (what, call) => {
    try {
      const result = call();
      if (isThenable(result)) result.then(undefined, (error) => report(what, error));
    } catch (error) {
      report(what, error);
    }
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
  );
}

/** Whatever can be thrown has a text; what fails while it is shown has none of its own. */
function textOf(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? String(error)) : inspect(error);
  } catch {
    return 'an error without a message';
  }
}
