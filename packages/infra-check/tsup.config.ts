import { defineConfig } from 'tsup';
import { command } from '../../tsup.base.config.ts';

export default defineConfig({ ...command, entry: ['src/bin.ts'] });
