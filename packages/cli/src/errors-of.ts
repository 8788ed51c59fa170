import { OutboxError } from '@amis-shop/shop-client';

/** What `await using` throws where a command failed, and closing its till failed too; esbuild has one of its own by that name. */
interface Suppressed extends Error {
  name: 'SuppressedError';
  /** Of the close. */
  error: unknown;
  /** Of the command. */
  suppressed: unknown;
}

/** What is to be reported, the command's own failure first; what closing says of a lost outbox says where its sales are now. */
export function errorsOf(thrown: unknown): { error: unknown; closing?: unknown } {
  if (!isSuppressed(thrown)) return { error: thrown };
  const { error: closing } = thrown;
  const { error } = errorsOf(thrown.suppressed);
  return isDetached(error) && isDetached(closing) ? { error: closing } : { error, closing };
}

const isSuppressed = (thrown: unknown): thrown is Suppressed =>
  thrown instanceof Error && thrown.name === 'SuppressedError' && 'suppressed' in thrown;

const isDetached = (error: unknown): boolean =>
  error instanceof OutboxError && error.code === 'outbox_detached';
