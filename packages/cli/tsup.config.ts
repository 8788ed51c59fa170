import { defineConfig } from 'tsup';
import { command, lazyBuiltins, parserAlone } from '../../tsup.base.config.ts';

/** got asks of each body whether it is a FormData, for which Node loads undici: 15 ms. Ours never is one. */
const NO_FORM_DATA = 'class NoFormData {}';

/** Some dependencies are CommonJS and ask for Node's own modules by require(), and for nothing else. */
const REQUIRE = 'const require = (name) => process.getBuiltinModule(name);';

export default defineConfig({
  ...command,
  entry: ['src/bin.ts'],
  splitting: true,
  minify: true,
  banner: { js: `${REQUIRE} ${NO_FORM_DATA}` },
  esbuildPlugins: [parserAlone, lazyBuiltins],
  esbuildOptions: (options) => {
    // From source, what is not used of shop-client's /testing is left out: msw above all.
    options.conditions = ['source'];
    options.mainFields = ['module', 'main'];
    options.define = { ...options.define, FormData: 'NoFormData' };
  },
});
