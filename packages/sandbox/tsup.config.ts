import { defineConfig } from 'tsup';
import { command } from '../../tsup.base.config.ts';

/** dns-packet is CommonJS and asks for Node's own modules by require(). */
const REQUIRE = "const require = process.getBuiltinModule?.('node:module').createRequire(import.meta.url);";

export default defineConfig({
  ...command,
  entry: ['src/index.ts', 'src/bin.ts'],
  splitting: true,
  banner: { js: REQUIRE },
  // From source, esbuild leaves out what is not used here of shop-client's /testing: msw above all.
  esbuildOptions: (options) => {
    options.conditions = ['source'];
  },
});
