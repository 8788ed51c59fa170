import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleTo } from './bundle/bundle.ts';

const outdir = fileURLToPath(new URL('dist', import.meta.url));
rmSync(outdir, { recursive: true, force: true });
await bundleTo(outdir);
