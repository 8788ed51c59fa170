const LONGEST = 200;

/** Control and format characters, line separators, lone surrogates: what could steer or fool a terminal. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const escapeCode = (character: string): string =>
  character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Text from outside as one line, cut, with nothing in it that a terminal would obey. */
export function printable(text: string, longest = LONGEST): string {
  return cut(text, longest).replace(UNSAFE, (character) => SHORT[character] ?? escapeCode(character));
}

export const cut = (text: string, longest = LONGEST): string =>
  text.length > longest ? `${text.slice(0, longest)}...` : text;

const SHORT: Record<string, string> = { '\r': '\\r', '\n': '\\n', '\t': '\\t' };

/** One line of JSON, as safe on a terminal as printable(). */
export const jsonLine = (value: object): string => JSON.stringify(value).replace(UNSAFE, escapeCode);
