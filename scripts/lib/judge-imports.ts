import { posix } from 'node:path';
import type { PackageRule } from './import-rule.ts';
import type { Import, SourceFile } from './read-imports.ts';

const SCOPE = '@amis-shop/';

const isRelative = (specifier: string): boolean => /^\.{1,2}(\/|$)/.test(specifier);

const target = (path: string, specifier: string): string =>
  posix.normalize(posix.join(posix.dirname(path), specifier));

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const layerOf = (rule: PackageRule, path: string): string | undefined =>
  Object.entries(rule.layers).find(([, { files }]) =>
    files.some((file) => file === '*' || file === path || (file.endsWith('/') && path.startsWith(file))),
  )?.[0];

const list = (names: readonly string[]): string => names.join(', ') || 'nothing';

const judgeInside = (rule: PackageRule, path: string, to: string): string | undefined => {
  if (to === '../package.json') return;
  if (to.startsWith('..')) return 'leaves the package by a relative path';
  const [from, layer] = [layerOf(rule, path), layerOf(rule, to)];
  if (!from || !layer || from === layer) return;
  const mayImport = rule.layers[from]?.mayImport ?? [];
  if (!mayImport.includes(layer)) return `is in ${layer}; ${from} may import ${list(mayImport)}`;
};

const judgeOurs = (rule: PackageRule, specifier: string, kind: Import['kind']): string | undefined => {
  const permission = rule.packages[specifier];
  if (!permission) return `is not open to this package; it may import ${list(Object.keys(rule.packages))}`;
  if (permission === 'on demand' && kind === 'static') return 'is loaded on demand only: use import()';
};

const judgeOutside = (rule: PackageRule, path: string, specifier: string): string | undefined => {
  const keepers = rule.only[packageOf(specifier)];
  if (keepers && !keepers.includes(path)) return `belongs to ${list(keepers)}`;
  const layer = layerOf(rule, path) ?? '';
  const outside = rule.layers[layer]?.outside;
  if (outside && !outside.includes(specifier))
    return `is not open to ${layer}; it may import ${list(outside)} from outside`;
};

const judgeImport = (rule: PackageRule, path: string, { specifier, kind }: Import): string | undefined => {
  if (specifier === undefined) return 'is computed, so nobody can check it';
  if (isRelative(specifier)) return judgeInside(rule, path, target(path, specifier));
  if (specifier.startsWith(SCOPE)) return judgeOurs(rule, specifier, kind);
  return judgeOutside(rule, path, specifier);
};

/** The first circle of a graph, its start repeated at its end. */
export const findCircle = (graph: ReadonlyMap<string, readonly string[]>): string[] | undefined => {
  const done = new Set<string>();
  const visit = (node: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node];
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...trail, node]);
      if (circle) return circle;
    }
    done.add(node);
  };
  for (const node of graph.keys()) {
    const circle = visit(node, []);
    if (circle) return circle;
  }
};

const graphOf = (sources: readonly SourceFile[]): Map<string, string[]> =>
  new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.flatMap(({ specifier }) =>
        specifier && isRelative(specifier) ? [target(path, specifier)] : [],
      ),
    ]),
  );

/** What is wrong with the imports of one package, a sentence each; types count like values. */
export const judgeImports = (rule: PackageRule, sources: readonly SourceFile[]): string[] => {
  const problems = sources.flatMap(({ path, imports }) => {
    const strangers = layerOf(rule, path) ? [] : [`${path} belongs to no layer: give it one in the rule`];
    const wrongWays = imports.flatMap((one) => {
      const problem = judgeImport(rule, path, one);
      return problem ? [`${path}: ${one.specifier ?? 'import()'} ${problem}`] : [];
    });
    return [...strangers, ...wrongWays];
  });
  const circle = findCircle(graphOf(sources));
  return circle ? [...problems, `circle: ${circle.join(' -> ')}`] : problems;
};
