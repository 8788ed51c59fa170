/** What is wrong with a target or an expectation before anything is probed: one sentence, and one that says what to do. */
export class CheckInputError extends Error {
  readonly code = 'invalid_input';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'CheckInputError';
    this.hint = hint;
  }
}
