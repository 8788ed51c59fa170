/**
 * A till and its shop at the two ends of a bad line (two network namespaces): down, lossy, answers lost, reset, small packets only,
 * with kills in between. `pnpm test:line --seed 1 --seconds 60`, as root. Exits with 1 where a sale was lost or booked twice.
 */
import { parseArgs } from 'node:util';
import { refuse, wholeNumber } from '../support/call.ts';
import { Line } from './line.ts';
import { type LineSummary, lineTest } from './line-test.ts';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});

const lack = Line.lack();
if (lack !== undefined) refuse(`No line can be laid here: ${lack}.`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const summary = await lineTest({
  seconds: wholeNumber(values, 'seconds'),
  seed: wholeNumber(values, 'seed'),
});
process.stdout.write(describe(summary));
if (summary.problems.length > 0) process.exitCode = 1;

function describe(of: LineSummary): string {
  const events = Object.entries(of.events).map(([event, times]) => `${times} ${event}`);
  const lines = [
    `events     ${events.join(', ')} (seed ${of.seed}, ${of.seconds} s)`,
    `sales      ${of.recorded} recorded, of which ${of.acknowledged} were acknowledged before a kill`,
    `booked     ${of.booked} messages by ${of.posts} posts; ${of.deduped} came again and were not booked again`,
    ...(of.problems.length === 0 ? ['0 lost, 0 double'] : of.problems),
  ];
  return `${lines.join('\n')}\n`;
}
