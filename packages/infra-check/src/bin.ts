#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `infra-check needs Node 22.13 or later; this is Node ${process.versions.node}.\n  Install Node 22.13 or later.\n`,
  );
  process.exit(3);
}

// Each look-up of the system holds a thread for as long as a dead name server is silent, and others need one as well.
if (process.argv.includes('serve')) process.env['UV_THREADPOOL_SIZE'] ??= '128';

process.getBuiltinModule('node:module').enableCompileCache();
const { main, processWorld, surviveFaults } = await import('./cli/main.ts');
surviveFaults();
process.exitCode = await main(process.argv.slice(2), processWorld());

// An exit leaves memory to the system; an end by itself would take it apart.
process.once('beforeExit', () => process.exit());

/** A look-up of the system cannot be called off; it gets a moment but never holds up the caller. */
const GRACE_MS = 50;
setTimeout(leave, GRACE_MS).unref();

/** An exit would wait for the thread of the look-up; a process that becomes another one does not (execve). */
function leave(): void {
  const { execPath, exitCode = 0, execve } = process;
  if (execve === undefined || process.platform === 'win32') process.exit();
  execve(execPath, [execPath, '--eval', `process.exit(${exitCode})`], {});
}
