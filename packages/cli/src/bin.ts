#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `shop-send needs Node 22.13 or later; this is Node ${process.versions.node}.\n  Install Node 22.13 or later.\n`,
  );
  process.exit(2);
}

process.getBuiltinModule('node:module').enableCompileCache();
const { main, processWorld } = await import('./main.ts');
const world = processWorld();
process.exitCode = await main(process.argv.slice(2), world);

/** What may still run, such as the renewal of a day-old key, gets a moment but never holds up the caller. */
const GRACE_MS = 2_000;
setTimeout(() => process.exit(), world.signal.aborted ? 0 : GRACE_MS).unref();
