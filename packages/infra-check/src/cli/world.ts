export interface Output {
  write(text: string, done: (error?: Error | null) => void): unknown;
  isTTY?: boolean;
  /** The terminal's width. */
  columns?: number;
}

/** What the command has of the world outside; tests bring their own. */
export interface World {
  env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts when the user, or the system, wants the command to stop. */
  signal: AbortSignal;
  /** Calls the listener for each SIGHUP, which ends a command that does not listen. */
  onHangUp?: (listener: () => void) => void;
}

/** The process's own world. The first SIGINT or SIGTERM asks the command to stop, the second ends it at once. */
export function processWorld(): World {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => interrupted.abort(new Error(name)));
  }
  return {
    env: process.env,
    get stdout() {
      return deafToErrors(process.stdout);
    },
    get stderr() {
      return deafToErrors(process.stderr);
    },
    signal: interrupted.signal,
    onHangUp: (listener) => process.on('SIGHUP', listener),
  };
}

/** Whoever writes learns of the failure by the callback; without a listener the process would end. */
const ignore = (): void => undefined;
const deafToErrors = <Stream extends NodeJS.WriteStream>(stream: Stream): Stream =>
  stream.off('error', ignore).on('error', ignore);
