const LONGEST = 200;

/** Control and format characters, line separators, lone surrogates: what could steer or fool a terminal. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const escapeCode = (character: string): string =>
  character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Text from outside as one line, cut, with nothing in it that a terminal would obey. */
export const printable = (text: string, longest = LONGEST): string =>
  cut(text, longest).replace(UNSAFE, (character) => SHORT[character] ?? escapeCode(character));

const SHORT: Record<string, string> = { '\r': '\\r', '\n': '\\n', '\t': '\\t' };

export const cut = (text: string, longest = LONGEST): string =>
  text.length > longest ? `${text.slice(0, longest)}...` : text;

/** JSON as safe on a terminal as printable(). */
export const safeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(UNSAFE, (character) =>
    character === '\n' ? character : escapeCode(character),
  );

/** `a, b and 3 more`. */
export function listed(items: readonly string[], most = 6): string {
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}

/** `1 address`, `2 addresses`. */
export const counted = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
