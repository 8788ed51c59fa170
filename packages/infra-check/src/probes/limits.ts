/** How long each step may take, in milliseconds; the signal ends the whole run. No probe throws: what failed is data. */
export interface Limits {
  signal: AbortSignal;
  /** One try of a DNS question; there are two. */
  dnsTryMs: number;
  /** The system's own look-up, where its name server has answered us. */
  lookUpMs: number;
  /** Connection and handshake together. */
  connectMs: number;
  /** From a request to the end of its answer. */
  answerMs: number;
}

export const limitsOf = (timeoutMs: number, signal: AbortSignal): Limits => ({
  signal,
  dnsTryMs: Math.min(2_000, timeoutMs / 5),
  lookUpMs: Math.min(30_000, timeoutMs * 0.65),
  connectMs: Math.min(5_000, timeoutMs * 0.4),
  answerMs: Math.min(10_000, timeoutMs * 0.5),
});

/** Milliseconds since `start`, with a precision of microseconds. */
export const since = (start: number): number => Math.round((performance.now() - start) * 1000) / 1000;

/** What the system says of an error: its code where it has one. */
export const saying = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message ?? String(error);
};
