import { join, relative } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { base, command, lazyBuiltins, parserAlone } from '../../tsup.base.config.ts';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Some dependencies are CommonJS and ask for Node's own modules by require(). */
const REQUIRE = "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);";

/**
 * What the command loads by and by, each in one file: a file takes longer to be found and opened than to be read. What two
 * of them share stands in both.
 */
const APART: Readonly<Record<string, string>> = {
  main: 'src/cli/main.ts',
  run: 'src/cli/run.ts',
  'dns-records': 'src/cli/dns-records.ts',
  serve: 'src/serve/command.ts',
};

/** With clients of AWS that share a lot, hence in several files. */
const APART_WITH_SDK: typeof APART = { aws: 'src/probes/aws/sdk.ts' };

/** esbuild would wrap all that a file holds for an import that it may make later. @throws for one that is not in the tables */
const apart: Plugin = {
  name: 'apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\.ts$/ }, ({ path, kind, resolveDir }) => {
      if (kind !== 'dynamic-import') return;
      const file = relative(import.meta.dirname, join(resolveDir, path));
      const [name] = Object.entries({ ...APART, ...APART_WITH_SDK }).find(([, one]) => one === file) ?? [];
      return name === undefined
        ? { errors: [{ text: `${file} is imported later, but has no name in APART.` }] }
        : { path: `./${name}.js`, external: true };
    });
  },
};

const bundled: Options = {
  ...command,
  minify: true,
  // The library's files stand beside the command's.
  clean: false,
  banner: { js: REQUIRE },
  esbuildPlugins: [apart, parserAlone, lazyBuiltins],
  esbuildOptions: (options) => {
    options.mainFields = ['module', 'main'];
  },
};

export default defineConfig([
  { ...base, entry: ['src/index.ts'], sourcemap: true },
  { ...bundled, entry: { bin: 'src/bin.ts', ...APART }, splitting: false },
  { ...bundled, entry: APART_WITH_SDK, splitting: true },
]);
