import { defineConfig } from 'tsup';
import { command } from '../../tsup.base.config.ts';

export default defineConfig({
  ...command,
  entry: ['src/index.ts', 'src/bin.ts'],
  splitting: true,
  // From source, esbuild leaves out what is not used here of shop-client's /testing: msw above all.
  esbuildOptions: (options) => {
    options.conditions = ['source'];
  },
});
