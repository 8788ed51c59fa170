/** Nobody writes more by hand; over what programs write the parser takes minutes, and ends in its own stack. */
const DEEPEST = 100;

/** Lists in lists on one line. */
const INDICATORS = new RegExp(`(?:[-?][ \\t]+){${DEEPEST + 1}}`);

/** Where a text is nested too deeply for anybody to mean it; undefined where it is not. */
export const tooDeepAt = (text: string): number | undefined =>
  INDICATORS.exec(text)?.index ?? deepBracketsAt(text) ?? deepIndentsAt(text);

/** Those of comments do not count. */
function deepBracketsAt(text: string): number | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/(?:^|\s)#[^\n]*|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth = Math.max(0, depth - 1);
    if (depth > DEEPEST) return index;
  }
  return;
}

function deepIndentsAt(text: string): number | undefined {
  const open: number[] = [];
  for (const { 0: line, index } of text.matchAll(/^ *(?=[^ #\r\n])/gm)) {
    while ((open.at(-1) ?? -1) >= line.length) open.pop();
    open.push(line.length);
    if (open.length > DEEPEST) return index + line.length;
  }
  return;
}
