import { defineConfig } from 'tsup';
import { base, command, lazyBuiltins, parserAlone } from '../../tsup.base.config.ts';

/** Some dependencies are CommonJS and ask for Node's own modules by require(). */
const REQUIRE = "const require = process.getBuiltinModule?.('node:module').createRequire(import.meta.url);";

export default defineConfig([
  { ...base, entry: ['src/index.ts'], sourcemap: true },
  {
    ...command,
    entry: ['src/bin.ts'],
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
]);
