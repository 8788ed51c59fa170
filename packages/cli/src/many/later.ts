import { setTimeout as sleep } from 'node:timers/promises';

/** Aborts so much later than the user does: what is in flight may come to its end. */
export function somewhatLater(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  const abort = async () => {
    await sleep(ms, undefined, { ref: false });
    controller.abort(signal.reason);
  };
  if (signal.aborted) controller.abort(signal.reason);
  signal.addEventListener('abort', () => void abort(), { once: true });
  return controller.signal;
}
