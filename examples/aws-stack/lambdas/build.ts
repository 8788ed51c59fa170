import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const outdir = path('dist');

/** One folder for each function, which is what its Lambda is given: `dist/<name>/index.mjs`. */
rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: path('..'),
  entryPoints: ['accept', 'decrypt', 'process'].map((name) => ({
    in: path(`src/${name}.ts`),
    out: `${name}/index`,
  })),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  conditions: ['source', 'module'],
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'warning',
  alias: {
    // One copy for the functions and the receiver, which has its own to be developed with.
    '@aws-sdk/client-kms': path('../node_modules/@aws-sdk/client-kms'),
    '@aws-sdk/credential-provider-node': path('bundle/environment-credentials.ts'),
  },
});
