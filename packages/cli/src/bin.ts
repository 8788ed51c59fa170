#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { main, processWorld } = await import('./main.ts');
const world = processWorld();
process.exitCode = await main(process.argv.slice(2), world);

/** What may still run, such as the renewal of a day-old key, gets a moment but never holds up the caller. */
const GRACE_MS = 2_000;
setTimeout(() => process.exit(), world.signal.aborted ? 0 : GRACE_MS).unref();
