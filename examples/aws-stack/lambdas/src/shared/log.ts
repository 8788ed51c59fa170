/** Ids, sizes, thumbprints and status only: never a payload, a key or a credential. */
export type Fields = Readonly<Record<string, string | number | undefined>>;

/** One JSON object a line, as CloudWatch Logs Insights reads it. */
export function log(event: string, fields: Fields = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

/** The name of an error: its text may quote what was sent. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
