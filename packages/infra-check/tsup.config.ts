import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/bin.ts'],
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  removeNodeProtocol: false,
  noExternal: [/./],
  clean: true,
  silent: true,
});
