/**
 * Kills tills with SIGKILL while they record and deliver, and proves that no sale was lost or booked twice:
 * `pnpm test:crash --rounds 500 --seed 1 --processes 2`. Exits with 1 where something was; the outbox is kept then.
 */
import { parseArgs } from 'node:util';
import { wholeNumber } from '../support/call.ts';
import { type CrashSummary, crashTest } from './crash-test.ts';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: '2' },
    'rounds-per-file': { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});

const summary = await crashTest({
  rounds: wholeNumber(values, 'rounds'),
  seed: wholeNumber(values, 'seed'),
  processes: wholeNumber(values, 'processes'),
  roundsPerFile: wholeNumber(values, 'rounds-per-file'),
  onRound: (done, { files, acknowledged, problems }) => {
    if (done % 10 !== 0) return;
    process.stderr.write(
      `round ${done}: ${files} outboxes done, ${acknowledged} sales in them, ${problems.length} problems\n`,
    );
  },
});
process.stdout.write(values.json ? `${JSON.stringify(summary)}\n` : describe(summary));
if (summary.problems.length > 0) process.exitCode = 1;

function describe(of: CrashSummary): string {
  const kills = Object.entries(of.kills).map(([stage, times]) => `${times} ${stage}`);
  const lines = [
    `rounds     ${of.rounds} (seed ${of.seed}), ${of.files} outboxes, ${of.seconds} s`,
    `kills      ${kills.join(', ')}; ${of.lostLocks} tills lost their locks before`,
    `recorded   ${of.recorded}, of which ${of.acknowledged} were acknowledged before a kill`,
    `again      ${of.repeatedRecords} recorded again under their id and known; ${of.busy} refused as busy`,
    `booked     ${of.booked} messages by ${of.posts} posts; ${of.deduped} repeats told by the shop`,
    ...(of.problems.length === 0 ? ['nothing was lost, nothing is double'] : of.problems),
  ];
  return `${lines.join('\n')}\n`;
}
