#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `shop-sandbox needs Node 22.13 or later; this is Node ${process.versions.node}.\n  Install Node 22.13 or later.\n`,
  );
  process.exit(2);
}

const { main } = await import('./cli.ts');
process.exitCode = await main(process.argv.slice(2), process);
