import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.config.ts';

export default defineConfig({
  ...base,
  entry: ['src/index.ts', 'src/receiver/index.ts', 'src/testing/index.ts'],
  sourcemap: true,
});
