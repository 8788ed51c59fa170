import type { OutboxError } from '../../src/index.ts';

/** The error with which something is refused. @throws where it is not */
export function refusalOf(doing: () => unknown): OutboxError {
  try {
    doing();
  } catch (error) {
    return error as OutboxError;
  }
  throw new Error('was not refused');
}
