/** What the command was told cannot be done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
