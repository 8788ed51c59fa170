import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** One folder for each function, which is what its Lambda is given: `dist/<name>/index.mjs`. */
await build({
  entryPoints: ['accept', 'decrypt', 'process'].map((name) => ({
    in: path(`src/${name}.ts`),
    out: `${name}/index`,
  })),
  outdir: path('dist'),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  conditions: ['source'],
  minify: true,
});
