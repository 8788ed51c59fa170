import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import type { Options } from 'tsup';

/** What all packages are built with. */
export const base = {
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  removeNodeProtocol: false,
  clean: true,
  silent: true,
} satisfies Options;

/** A command brings all that it needs. */
export const command = { ...base, noExternal: [/./] } satisfies Options;

/** What makes a command start soon; `bench/startup.bench.ts` and `bench/infra-check.bench.ts` tell. */
type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** yargs' parser comes with the platform of its command trees (layout, languages), which only those use. */
export const parserAlone: Plugin = {
  name: 'parser-alone',
  setup: ({ onResolve }) => {
    onResolve({ filter: /platform-shims\/esm\.mjs$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      sideEffects: false,
    }));
  },
};

/**
 * An import of a module of Node's own reads every property of it, and what is lazy there is loaded after all:
 * 5 ms for `fs`, 30 for `http`. So each is asked for by name, and what nobody uses is left out of the bundle.
 */
export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup: ({ onResolve, onLoad }) => {
    // One copy for each importer, so that no chunks arise for what chunks have in common.
    onResolve({ filter: /^[a-z:_/0-9]+$/ }, ({ path, kind, importer }) =>
      kind === 'import-statement' && isBuiltin(path)
        ? { path: `${path}?${importer}`, namespace: 'builtin', pluginData: path.replace(/^node:/, '') }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ pluginData: path }) => {
      const names = Object.keys(createRequire(import.meta.url)(`node:${path}`));
      return {
        contents: [
          `const builtin = process.getBuiltinModule?.('node:${path}');`,
          'export default builtin;',
          ...names
            .filter((name) => /^\w+$/.test(name) && name !== 'default')
            .map(
              (name) =>
                `const own_${name} = /* @__PURE__ */ (() => builtin.${name})(); export { own_${name} as ${name} };`,
            ),
        ].join('\n'),
      };
    });
  },
};
