import { readFileSync } from 'node:fs';

const DOCUMENT = new URL('../../../../../docs/migrating.md', import.meta.url);

export interface Block {
  /** `a` to `e`, as in the headings. */
  step: string;
  /** The words after the fence, such as `sh at aws`. */
  info: string;
  code: string;
}

/** The fenced blocks of docs/migrating.md, in order. */
export function blocksOfDocument(): Block[] {
  const blocks: Block[] = [];
  let step = '';
  let open: Block | undefined;
  for (const line of readFileSync(DOCUMENT, 'utf8').split('\n')) {
    const fence = /^```(.*)$/.exec(line);
    if (fence && open) {
      blocks.push(open);
      open = undefined;
    } else if (fence) open = { step, info: fence[1] ?? '', code: '' };
    else if (open) open.code += `${line}\n`;
    else step = /^## \((\w)\)/.exec(line)?.[1] ?? step;
  }
  return blocks;
}
