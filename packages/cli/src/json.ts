/** Where a text stops being JSON, as people count: from 1. */
export interface JsonPlace {
  line: number;
  column: number;
}

/**
 * JSON.parse() that tells the place of a mistake and nothing of the text, which may be a customer's purchase.
 * @param refuse makes the error
 */
export function parseJson(text: string, refuse: (place: JsonPlace) => Error): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse(placeOf(text, mistakeAt(text)));
  }
}

function placeOf(text: string, offset: number): JsonPlace {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end';

/** The grammar of RFC 8259 with a stack of its own, so that deep nesting does no harm. */
function mistakeAt(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  for (;;) {
    take(SPACE);
    const character = text[at];
    if (expected === 'value' || expected === 'value or ]') {
      if (character === '{' || character === '[') {
        open.push(character);
        expected = character === '{' ? 'key or }' : 'value or ]';
        at += 1;
      } else if (character === ']' && expected === 'value or ]') {
        open.pop();
        expected = 'comma or end';
        at += 1;
      } else if (take(STRING) || take(SCALAR)) expected = 'comma or end';
      else return at;
    } else if (expected === 'key' || expected === 'key or }') {
      if (character === '}' && expected === 'key or }') {
        open.pop();
        expected = 'comma or end';
        at += 1;
      } else if (take(STRING)) expected = 'colon';
      else return at;
    } else if (expected === 'colon') {
      if (character !== ':') return at;
      expected = 'value';
      at += 1;
    } else {
      const inside = open.at(-1);
      if (character === ',' && inside !== undefined) expected = inside === '{' ? 'key' : 'value';
      else if (character === '}' && inside === '{') open.pop();
      else if (character === ']' && inside === '[') open.pop();
      else return at;
      at += 1;
    }
  }
}
