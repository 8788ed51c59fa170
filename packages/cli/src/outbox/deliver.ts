import { OutboxError, type Till, type TillStatus } from '@amis-shop/shop-client';
import type { Context } from '../context.ts';
import type { Reason } from './entry-output.ts';

const REDRAW_MS = 100;

/**
 * Delivers what is queued, and shows on a terminal how far that is. Stopped by the user it begins nothing more; what is
 * in flight is finished by close().
 * @returns whether it was stopped
 * @throws {OutboxError}
 */
export async function deliver(
  till: Till<unknown>,
  { terminal, world: { signal } }: Context,
): Promise<boolean> {
  if (signal.aborted) return true;
  const { queued: total } = till.status();
  let done = 0;
  const count = () => {
    done += 1;
  };
  till.on('accepted', count).on('rejected', count);
  const redraw = terminal.showsProgress ? setInterval(show, REDRAW_MS) : undefined;
  try {
    await till.flush({ signal });
    return false;
  } catch (error) {
    if (!signal.aborted) throw error;
    terminal.warning('Interrupted: finishing what is in flight; once more ends at once.');
    return true;
  } finally {
    till.off('accepted', count).off('rejected', count);
    clearInterval(redraw);
    terminal.progress('');
  }

  function show(): void {
    terminal.progress(`${done} of ${total} sales`, total === 0 ? 1 : done / total);
  }
}

/** Why nothing could be delivered though all is recorded. @throws whatever is no trouble of the outbox */
export function troubleOf(error: unknown): Reason {
  if (error instanceof OutboxError) return reasonOf(error);
  throw error;
}

/** Why queued sales wait, as far as it concerns all of them. */
export function reasonForAll({ held, delivering }: TillStatus): Reason | undefined {
  if (held) return { code: held.code, message: held.message, hint: held.hint };
  return delivering === 'elsewhere' ? ELSEWHERE : undefined;
}

/** Why one sale waits. What the library says of posting again is what an outbox does by itself. */
export const reasonOf = ({ code, message, hint }: Reason): Reason => ({
  code,
  message,
  hint: BY_ITSELF.has(code)
    ? 'The very same bytes are posted again, by shop-send outbox flush or whoever delivers next.'
    : hint,
});

const BY_ITSELF: ReadonlySet<string> = new Set(['answer_lost', 'shop_unavailable', 'throttled']);

export const ELSEWHERE: Reason = {
  code: 'delivered_elsewhere',
  message: 'Another process delivers what is in this outbox.',
  hint: 'Nothing is to be done: it delivers this sale too.',
};

export const INTERRUPTED: Reason = {
  code: 'aborted',
  message: 'Interrupted before it was delivered.',
  hint: 'Deliver it with shop-send outbox flush.',
};

/** For a sale that was not tried at all. */
export const NOT_TRIED: Reason = {
  code: 'queued',
  message: 'It was not tried again: sales before it could not be delivered.',
  hint: 'Deliver it with shop-send outbox flush.',
};
