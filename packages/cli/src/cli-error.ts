/** What the command itself finds wrong, beside the library's `ShopErrorCode`. */
export type CliErrorCode =
  | 'usage'
  | 'invalid_configuration'
  | 'unreadable_file'
  | 'output_failed'
  | 'internal';

/** `message` says what happened, `hint` what to do about it: a sentence each. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly hint: string;

  constructor(code: CliErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CliError';
    this.code = code;
    this.hint = hint;
  }
}
