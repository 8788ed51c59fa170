/** What is wrong with a text, and where, as people count: from 1. */
export interface JsonMistake {
  /** Follows on the name of the text: `is not JSON`. */
  problem: 'is not JSON' | 'has a duplicate key' | 'has a number with a decimal comma';
  line: number;
  column: number;
}

/**
 * JSON.parse() that tells the place of a mistake and nothing of the text, which may be a customer's purchase. A name that
 * stands twice in one object is a mistake (RFC 8259, 4: what it means is anybody's guess), for one of the two would be lost.
 * @param refuse makes the error
 */
export function parseJson(text: string, refuse: (mistake: JsonMistake) => Error): unknown {
  const mistake = findMistake(text);
  if (mistake) throw refuse({ problem: problemOf(text, mistake), ...placeOf(text, mistake.at) });
  return JSON.parse(text);
}

/** After `7,` in an object a name must come, and not the rest of a number. */
function problemOf(text: string, { problem, at }: Mistake): JsonMistake['problem'] {
  const isComma = problem === 'is not JSON' && /\d,$/.test(text.slice(Math.max(0, at - 2), at));
  return isComma && /^\d/.test(text.slice(at, at + 1)) ? 'has a number with a decimal comma' : problem;
}

function placeOf(text: string, offset: number): Pick<JsonMistake, 'line' | 'column'> {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end';

interface Mistake {
  problem: JsonMistake['problem'];
  at: number;
}

/** An array, or an object with the names that it has had. */
type Open = '[' | Set<string>;

/** The grammar of RFC 8259 with a stack of its own, so that deep nesting does no harm. */
function findMistake(text: string): Mistake | undefined {
  const open: Open[] = [];
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
        open.push(character === '{' ? new Set() : character);
        expected = character === '{' ? 'key or }' : 'value or ]';
        at += 1;
      } else if (character === ']' && expected === 'value or ]') {
        open.pop();
        expected = 'comma or end';
        at += 1;
      } else if (take(STRING) || take(SCALAR)) expected = 'comma or end';
      else return notJson(at);
    } else if (expected === 'key' || expected === 'key or }') {
      if (character === '}' && expected === 'key or }') {
        open.pop();
        expected = 'comma or end';
        at += 1;
      } else {
        const start = at;
        if (!take(STRING)) return notJson(at);
        const names = open.at(-1) as Set<string>;
        const name = JSON.parse(text.slice(start, at)) as string;
        if (names.has(name)) return { problem: 'has a duplicate key', at: start };
        names.add(name);
        expected = 'colon';
      }
    } else if (expected === 'colon') {
      if (character !== ':') return notJson(at);
      expected = 'value';
      at += 1;
    } else {
      const inside = open.at(-1);
      if (character === undefined && inside === undefined) return;
      if (character === ',' && inside !== undefined) expected = inside === '[' ? 'value' : 'key';
      else if (character === '}' && inside instanceof Set) open.pop();
      else if (character === ']' && inside === '[') open.pop();
      else return notJson(at);
      at += 1;
    }
  }
}

const notJson = (at: number) => ({ problem: 'is not JSON', at }) as const;
