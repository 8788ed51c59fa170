#!/usr/bin/env node
// What is older must be able to read this file: it is built in the syntax of Node 12, without a static import.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  const problem = `infra-check needs Node 22.13 or later; this is Node ${process.versions.node}.`;
  const remedy = 'Install Node 22.13 or later.';
  // Nagios reads standard output alone.
  if (/ --format[ =]nagios( |$)/.test(process.argv.join(' ')))
    process.stdout.write(`PATH UNKNOWN - ${problem} ${remedy}\n`);
  else process.stderr.write(`${problem}\n  ${remedy}\n`);
  process.exitCode = 3;
} else {
  // Each look-up of the system holds a thread for as long as a dead name server is silent, and others need one as well.
  process.env['UV_THREADPOOL_SIZE'] ??= process.argv.includes('serve') ? '128' : '24';
  process.getBuiltinModule('node:module').enableCompileCache();
  import('./cli/command.ts').catch((error: unknown) => {
    process.stderr.write(`infra-check cannot be loaded (${String(error)}).\n  Install it again.\n`);
    process.exitCode = 3;
  });
}
