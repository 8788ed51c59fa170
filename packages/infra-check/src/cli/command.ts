import { main, processWorld, surviveFaults } from './main.ts';

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
