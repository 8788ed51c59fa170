import { defineConfig } from 'tsup';
import { base, command } from '../../tsup.base.config.ts';

/** Some dependencies are CommonJS and ask for Node's own modules by require(). */
const REQUIRE = "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);";

export default defineConfig([
  { ...base, entry: ['src/index.ts'], sourcemap: true },
  { ...command, entry: ['src/bin.ts'], splitting: true, minify: true, clean: false, banner: { js: REQUIRE } },
]);
