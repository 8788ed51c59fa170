import type { Pruned } from '@amis-shop/shop-client';
import { CliError } from '../cli-error.ts';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { onlyOutputFailed } from '../sale-output.ts';
import type { Row } from '../terminal.ts';
import { localTime, utcTime } from '../times.ts';
import { openKnownTill } from './open.ts';
import { isAge, pointInTime } from './point-in-time.ts';

const REDRAW_MS = 100;

/** `shop-send outbox prune --accepted-before 90d`: forgets what the shop accepted long ago. */
export const run: Run = async (context) => {
  const { terminal, settings, world } = context;
  const { acceptedBefore: asked, dryRun = false } = settings.values;
  if (asked === undefined) {
    throw new CliError(
      'usage',
      'The age of the sales is missing.',
      'Give the time before which they were accepted: --accepted-before 90d, or a date such as 2026-08-31.',
    );
  }
  const acceptedBefore = pointInTime(asked, Date.now(), '--accepted-before');
  await using till = await openKnownTill(context);
  const { recorded, file, clockProblem } = till.status();
  if (isAge(asked) && clockProblem !== undefined) throw clockIsWrong(clockProblem);
  let drawnAt = 0;
  const onProgress = ({ through, sales }: { through: number; sales: number }) => {
    if (!terminal.showsProgress || performance.now() < drawnAt + REDRAW_MS) return;
    drawnAt = performance.now();
    terminal.progress(`${sales} sales`, Math.min(1, through / Math.max(1, recorded)));
  };
  try {
    const pruned = await till.prune({
      acceptedBefore,
      dryRun,
      rewrite: true,
      onProgress,
      signal: world.signal,
    });
    terminal.progress('');
    if (!dryRun) terminal.outcome(() => onlyOutputFailed(`Sales that were pruned: ${pruned.sales}`));
    terminal.result(rows(pruned, acceptedBefore, dryRun), {
      status: dryRun ? 'dry_run' : 'pruned',
      accepted_before: utcTime(acceptedBefore),
      sales: pruned.sales,
      bytes: pruned.bytes,
      freed_bytes: pruned.freedBytes,
      unused_bytes: pruned.unusedBytes,
    });
    if (!dryRun && pruned.unusedBytes > 0) terminal.warning(notGivenBack(pruned.unusedBytes, file));
    return EXIT.accepted;
  } finally {
    terminal.progress('');
  }
};

const rows = ({ sales, freedBytes }: Pruned, acceptedBefore: number, dryRun: boolean): Row[] => [
  [dryRun ? 'Would prune' : 'Pruned', `${sales} sales accepted before ${localTime(acceptedBefore)}`],
  ...(dryRun ? [] : ([['Given back', sizeOf(freedBytes)]] satisfies Row[])),
];

const clockIsWrong = (problem: string): CliError =>
  new CliError(
    'usage',
    `An age needs a correct clock. ${problem}`,
    'Correct the clock, or give a date: --accepted-before 2026-08-31.',
  );

const notGivenBack = (bytes: number, file: string): string =>
  `The file ${file} keeps ${sizeOf(bytes)} of unused space, which new sales will use. An earlier release created it, so it must be rewritten once before it can shrink: run the same command while no till delivers and the disk has room for a second copy.`;

const sizeOf = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
