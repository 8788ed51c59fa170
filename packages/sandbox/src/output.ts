/** A stream of the process. */
export interface Output {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: () => void): unknown;
}

/** What was to be printed cannot be. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/**
 * Resolves when the text is out, or when its reader has gone (`| head -1`): the shop is open for others than them.
 * @throws OutputError
 */
export function print(output: Output, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') {
        reject(
          new OutputError(
            `Standard output cannot be written: ${error.message}. Send it elsewhere, or use --quiet.`,
            { cause: error },
          ),
        );
      } else resolve();
    });
  });
}

/** Whoever writes learns of a failure by the callback; without a listener the process would end. */
export function deafToErrors(output: Output): void {
  output.on('error', () => undefined);
}
