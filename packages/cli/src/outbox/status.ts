import type { Till, TillStatus } from '@amis-shop/shop-client';
import { CliError } from '../cli-error.ts';
import type { Context, Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Row } from '../terminal.ts';
import { ageOf, localTime, utcTime } from '../times.ts';
import { openKnownTill } from './open.ts';
import { prometheusText } from './prometheus.ts';

/** How long KMS is waited for: who looks at a queue wants an answer now. */
const KEY_PATIENCE_MS = 2_000;

/** `shop-send outbox status` */
export const run: Run = async (context) => {
  const { settings, terminal } = context;
  const { values, asked } = settings;
  const { format = values.json ? 'json' : 'text' } = values;
  if (asked.has('json') && format !== 'json') {
    throw new CliError(
      'usage',
      `--json and --format ${format} exclude each other.`,
      'Leave out one of them.',
    );
  }
  terminal.use({ ...values, json: format === 'json' });
  await using till = await openKnownTill(context);
  const current = await currentKey(till, context);
  const status = till.status();
  const outdated = current === undefined && status.queued > 0 ? undefined : status.keys.outdated;
  const now = Date.now();
  if (format === 'prometheus') terminal.text(prometheusText(status, { now, outdated }));
  else terminal.result(statusRows(status, current, now), statusObject(status, outdated, now));
  for (const sentence of warningsOf(status, values.outbox as string)) terminal.warning(sentence);
  return EXIT.accepted;
};

/**
 * The key that the alias names now, where sales wait that were sealed for one; else, and where KMS does not answer, the
 * cached one.
 */
async function currentKey(till: Till<unknown>, { world, terminal }: Context): Promise<string | undefined> {
  const cached = () => till.publicKey({ signal: AbortSignal.abort() }).catch(() => undefined);
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(KEY_PATIENCE_MS)]);
  const ask = () =>
    till.publicKey({ refresh: true, signal }).catch((error: unknown) => {
      world.signal.throwIfAborted();
      terminal.trace(`the key is not known anew: ${error instanceof Error ? error.message : ''}`);
      return cached();
    });
  const key = till.status().queued > 0 ? await ask() : await cached();
  return key?.kid;
}

function statusRows(status: TillStatus, current: string | undefined, now: number): Row[] {
  const { shopId, tillId, url, file, recorded, accepted, queued, rejected, resolved, bytes } = status;
  const { oldestQueuedAt } = status;
  const { held, keys } = status;
  const waits =
    oldestQueuedAt === undefined
      ? ''
      : `, ${bytes} bytes, the oldest since ${localTime(oldestQueuedAt)} (${ageOf(now - oldestQueuedAt)})`;
  return [
    ['Shop id', shopId],
    ...(tillId === undefined ? [] : ([['Till id', tillId]] satisfies Row[])),
    ['URL', url],
    ['Outbox', file],
    ['Recorded', String(recorded)],
    ['Accepted', String(accepted)],
    ['Queued', `${queued}${waits}`],
    ['Rejected', String(rejected)],
    ...(resolved > 0 ? ([['Resolved', String(resolved)]] satisfies Row[]) : []),
    ['Held', held ? `since ${localTime(held.since)}: ${held.message}` : 'no'],
    ['Delivered by', deliveredBy(status)],
    ...(status.clockProblem ? ([['Clock', status.clockProblem]] satisfies Row[]) : []),
    ...conflictRows(status),
    ['Key', current ?? 'unknown'],
    ...(queued > 0 && current !== undefined
      ? ([['Other keys', `${keys.outdated} of the queued sales`]] satisfies Row[])
      : []),
  ];
}

function conflictRows({ sequenceConflict }: TillStatus): Row[] {
  if (sequenceConflict === undefined) return [];
  const { count, seq, at } = sequenceConflict;
  return [['Numbers twice', `${count}, the last is ${seq}, reported by the shop ${localTime(at)}`]];
}

const statusObject = (status: TillStatus, outdated: number | undefined, now: number) => ({
  shop_id: status.shopId,
  till_id: status.tillId,
  url: status.url,
  outbox: status.file,
  recorded: status.recorded,
  accepted: status.accepted,
  queued: status.queued,
  rejected: status.rejected,
  resolved: status.resolved,
  bytes: status.bytes,
  oldest_queued_at: utcTime(status.oldestQueuedAt),
  oldest_queued_age_seconds:
    status.oldestQueuedAt === undefined ? undefined : Math.max(0, (now - status.oldestQueuedAt) / 1000),
  held: status.held && { ...status.held, since: utcTime(status.held.since) },
  delivering: status.delivering,
  clock_offset_seconds: status.clockOffsetMs === undefined ? undefined : status.clockOffsetMs / 1000,
  clock_problem: status.clockProblem,
  sequence_conflict: status.sequenceConflict && {
    ...status.sequenceConflict,
    at: utcTime(status.sequenceConflict.at),
  },
  keys: {
    current: status.keys.current,
    queued: status.keys.queued,
    unrenewed: status.keys.unrenewed,
    outdated,
  },
});

function warningsOf(
  { rejected, held, keys, sequenceConflict, clockProblem }: TillStatus,
  file: string,
): string[] {
  return [
    ...(clockProblem ? [`${clockProblem} Set it, by NTP best: sales are stamped by it.`] : []),
    ...(held ? [`Nothing is delivered until somebody acts. ${held.hint}`] : []),
    ...(keys.unrenewed
      ? [`The key is the copy on disk: ${keys.unrenewed.message} ${keys.unrenewed.hint}`]
      : []),
    ...(keys.outdated > 0
      ? [
          `Queued sales that were sealed for a key that the alias no longer names: ${keys.outdated}. A back end that finds its key by the alias cannot open those of version 1; ask the shop before it removes the old key.`,
        ]
      : []),
    ...(sequenceConflict
      ? [`The shop had numbers of this till before, of other sales. ${sequenceConflict.hint}`]
      : []),
    ...(rejected > 0
      ? [`Sales that the shop refused: ${rejected}. See shop-send outbox rejected --outbox ${file}.`]
      : []),
  ];
}

function deliveredBy({ delivering, deliverer }: TillStatus): string {
  if (delivering !== 'elsewhere' || deliverer === undefined) return 'nobody';
  return `process ${deliverer.pid} on ${deliverer.host}`;
}
