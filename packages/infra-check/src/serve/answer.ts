/** What a request gets. */
export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: string;
}

export const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/** One sentence, in plain text. */
export const sentence = (
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({ status, headers: { ...TEXT, ...headers }, body: `${text}\n` });
