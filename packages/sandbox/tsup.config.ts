import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/bin.ts'],
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  removeNodeProtocol: false,
  noExternal: [/./],
  splitting: true,
  clean: true,
  silent: true,
  // From source, esbuild leaves out what is not used here of shop-client's /testing: msw above all.
  esbuildOptions: (options) => {
    options.conditions = ['source'];
  },
});
