import { type Node, parseSync, Visitor } from 'oxc-parser';

/** One small change of a source file that a test should notice. */
export interface Mutant {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  /** What stands there, and what takes its place. */
  readonly before: string;
  readonly after: string;
}

const OPERATORS: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
};
const METHODS: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  find: 'findLast',
  filter: 'slice',
  slice: 'concat',
  sort: 'slice',
  toSorted: 'slice',
  max: 'min',
  min: 'max',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  toLowerCase: 'toString',
};
const STATUSES: Readonly<Record<string, string>> = {
  ok: 'critical',
  warning: 'ok',
  critical: 'warning',
  unknown: 'critical',
  skipped: 'ok',
};

/** Every mutant of a module, in the order of its text. Types, imports and property names stay. */
export function mutantsOf(path: string, source: string): Mutant[] {
  const { program, errors } = parseSync(path, source);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const mutants: Mutant[] = [];
  const put = ({ start, end }: Pick<Node, 'start' | 'end'>, after: string) => {
    const before = source.slice(start, end);
    if (before !== after) mutants.push({ path, start, end, before, after });
  };
  const operator = (left: Node, right: Node, sign: string) => {
    const other = OPERATORS[sign];
    const at = source.indexOf(sign, left.end);
    if (other !== undefined && at !== -1 && at < right.start)
      put({ start: at, end: at + sign.length }, other);
  };
  const untouched: Pick<Node, 'start' | 'end'>[] = [];
  const leave = (node: Node) => untouched.push(node);
  new Visitor({
    ImportDeclaration: leave,
    TSInterfaceDeclaration: leave,
    TSTypeAliasDeclaration: leave,
    TSTypeAnnotation: leave,
    TSTypeParameterInstantiation: leave,
    TSLiteralType: leave,
    BinaryExpression: ({ left, right, operator: sign }) => operator(left, right, sign),
    LogicalExpression: ({ left, right, operator: sign }) => operator(left, right, sign),
    UnaryExpression: (node) => {
      if (node.operator === '!') put(node, source.slice(node.argument.start, node.argument.end));
    },
    ConditionalExpression: ({ test }) => {
      put(test, 'true');
      put(test, 'false');
    },
    IfStatement: ({ test }) => {
      put(test, 'true');
      put(test, 'false');
    },
    CallExpression: ({ callee }) => {
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
      const other = METHODS[callee.property.name];
      if (other !== undefined) put(callee.property, other);
    },
    Literal: (node) => {
      if (typeof node.value === 'number') put(node, String(node.value + 1));
      if (typeof node.value === 'boolean') put(node, String(!node.value));
      const other = typeof node.value === 'string' ? STATUSES[node.value] : undefined;
      if (other !== undefined) put(node, `'${other}'`);
      if ('regex' in node && node.raw?.startsWith('/^')) put(node, node.raw.replace('/^', '/'));
    },
    SpreadElement: (node) => put(node.argument, '[]'),
  }).visit(program);
  const isTouched = (one: Mutant) =>
    !untouched.some(({ start, end }) => start <= one.start && one.end <= end);
  return mutants.filter(isTouched).sort((a, b) => a.start - b.start);
}

export const mutated = (source: string, { start, end, after }: Mutant): string =>
  source.slice(0, start) + after + source.slice(end);

export function lineOf(source: string, { start }: Mutant): number {
  return source.slice(0, start).split('\n').length;
}

/** The line of a change, as it stands in the source. */
export const lineTextOf = (source: string, mutant: Mutant): string =>
  source.split('\n')[lineOf(source, mutant) - 1]?.trim() ?? '';
