/** What the operator can mend: one sentence, and exit code 2. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
}
