import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const FUNCTIONS = ['accept', 'decrypt', 'process'] as const;

/** Bundles each function into a folder of its own, `<outdir>/<name>/index.mjs`, which is what its Lambda is given. */
export const bundleTo = (outdir: string) =>
  build({
    absWorkingDir: path('../..'),
    entryPoints: FUNCTIONS.map((name) => ({ in: path(`../src/${name}.ts`), out: `${name}/index` })),
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
      '@aws-sdk/client-kms': path('../../node_modules/@aws-sdk/client-kms'),
      '@aws-sdk/credential-provider-node': path('environment-credentials.ts'),
    },
  });
