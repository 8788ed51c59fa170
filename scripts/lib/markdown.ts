export interface Fence {
  /** What stands behind the opening backticks, such as `ts`. */
  info: string;
  code: string;
}

const FENCE = /^( *)(`{3,})([^\n`]*)\n([\s\S]*?)^\1\2 *$/gm;
const CODE_SPAN = /(`+)([^`]+)\1/g;
const INLINE_LINK = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g;
const REFERENCE = /^ {0,3}\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)/gm;
const HTML_LINK = /\b(?:href|src)="([^"]+)"/g;
const HEADING = /^#{1,6} +(.+?) *#*$/gm;
const OUR_PATH = /^(?:\.ci|bench|docs|examples|packages|scripts|vectors)\/[\w./-]*$/;
const PNPM = /\bpnpm(?:@\d+)? +(?:-\S+ +)*(?:run +)?([a-z][\w:-]*)/g;
const PNPM_COMMANDS = new Set(['add', 'exec', 'install', 'pack', 'publish', 'update']);

const group = (text: string, pattern: RegExp, index: number): string[] =>
  [...text.matchAll(pattern)].flatMap((match) => match[index] ?? []);

export const fences = (text: string): Fence[] =>
  [...text.matchAll(FENCE)].map(([, , , info = '', code = '']) => ({ info: info.trim(), code }));

const prose = (text: string): string => text.replace(FENCE, '');

const codeSpans = (text: string): string[] => group(prose(text), CODE_SPAN, 2);

/** Where the links of a document lead, as written. */
export const links = (text: string): string[] => {
  const visible = prose(text).replace(CODE_SPAN, '');
  return [INLINE_LINK, REFERENCE, HTML_LINK].flatMap((pattern) => group(visible, pattern, 1));
};

/** Paths from the root of this repository that a document names as code; what a build makes is left out. */
export const pathsNamed = (text: string): string[] =>
  codeSpans(text).filter((code) => OUR_PATH.test(code) && !code.includes('/dist/'));

/** The scripts of package.json that a document tells its reader to run. */
export const scriptsNamed = (text: string): string[] =>
  [...codeSpans(text), ...fences(text).map(({ code }) => code)]
    .flatMap((code) => group(code, PNPM, 1))
    .filter((name) => !PNPM_COMMANDS.has(name));

/** The anchors that GitHub gives to the headings of a document. */
export const anchors = (text: string): string[] =>
  group(prose(text), HEADING, 1).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
