/** Ids, sizes, thumbprints and status only: never a payload, a key or a credential. */
export type Fields = Readonly<Record<string, string | number | undefined>>;

/** One JSON object a line, as CloudWatch Logs Insights reads it. */
export function log(event: string, fields: Fields = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

/** What an error is called, by us and by what caused it: its text may quote what was sent. */
export function namesOf(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: typeof error };
  const { name, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { error: name, code, cause: cause instanceof Error ? cause.name : undefined };
}
