import type { Hold } from '../core/road.ts';
import { OutboxError, ShopError } from '../errors.ts';

/** How long another process may keep the outbox busy before it is told as trouble. */
export const BUSY_PATIENCE_MS = 5_000;

/** The loop goes on after whatever befalls it. */
export function troubleOf(error: unknown): ShopError {
  if (error instanceof ShopError) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new OutboxError('outbox_unavailable', `The outbox cannot be used (${what}).`, {
    hint: 'Start the program again; if the error persists, report it.',
    cause: error,
  });
}

export function holdFor({ code, message, hint }: ShopError, since: number): Hold {
  return { code, message, hint, since };
}
