import { defineConfig, type Options } from 'tsup';
import { base, command, lazyBuiltins, parserAlone } from '../../tsup.base.config.ts';

/** Some dependencies are CommonJS and ask for Node's own modules by require(). */
const REQUIRE = "const require = process.getBuiltinModule?.('node:module').createRequire(import.meta.url);";

/** The command itself is another file. */
const besideIt: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'beside-it',
  setup: ({ onResolve }) => {
    onResolve({ filter: /cli\/command\.ts$/ }, () => ({ path: './command.js', external: true }));
  },
};

export default defineConfig([
  { ...base, entry: ['src/index.ts'], sourcemap: true },
  {
    ...command,
    entry: { command: 'src/cli/command.ts' },
    minify: true,
    // The library's files stand beside the command's.
    clean: false,
    splitting: true,
    banner: { js: REQUIRE },
    esbuildPlugins: [parserAlone, lazyBuiltins],
    esbuildOptions: (options) => {
      options.mainFields = ['module', 'main'];
    },
  },
  {
    ...command,
    // So old that the Node of each distribution can say that it is too old.
    target: 'node12.20',
    entry: ['src/bin.ts'],
    clean: false,
    esbuildPlugins: [besideIt],
  },
]);
