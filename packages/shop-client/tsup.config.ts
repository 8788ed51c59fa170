import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/receiver/index.ts', 'src/testing/index.ts'],
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
  silent: true,
});
