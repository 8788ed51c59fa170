import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { type Expression, parseSync, type StringLiteral, Visitor } from 'oxc-parser';

export interface Import {
  /** What stands in the quotes; `undefined` where it is computed. */
  specifier: string | undefined;
  kind: 'static' | 'dynamic' | 'type';
}

export interface SourceFile {
  /** Relative to the package's `src`, with `/`. */
  path: string;
  imports: Import[];
}

const literal = (node: Expression): string | undefined =>
  node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;

/** Every import of a module, in whatever form TypeScript has for it. */
export const importsOf = (path: string, source: string): Import[] => {
  const imports: Import[] = [];
  const { program, errors } = parseSync(path, source);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const add = (specifier: string | undefined, kind: Import['kind']) => imports.push({ specifier, kind });
  const from = (source: StringLiteral | null, typesOnly: boolean) => {
    if (source) add(source.value, typesOnly ? 'type' : 'static');
  };
  new Visitor({
    ImportDeclaration: ({ source, importKind }) => from(source, importKind === 'type'),
    ExportNamedDeclaration: ({ source, exportKind }) => from(source, exportKind === 'type'),
    ExportAllDeclaration: ({ source, exportKind }) => from(source, exportKind === 'type'),
    ImportExpression: ({ source }) => add(literal(source), 'dynamic'),
    TSImportType: ({ source }) => add(source.value, 'type'),
  }).visit(program);
  return imports;
};

/** The modules below a folder with their imports. */
export const readSources = (folder: string): SourceFile[] =>
  globSync('**/*.ts', { cwd: folder })
    .sort()
    .map((path) => ({
      path: path.split(sep).join('/'),
      imports: importsOf(path, readFileSync(join(folder, path), 'utf8')),
    }));
