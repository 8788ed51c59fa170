/** What is wrong with a configuration: one sentence that begins with the place, and one that says what to do. */
export class ConfigError extends Error {
  readonly code = 'invalid_configuration';
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigError';
    this.hint = hint;
  }
}
