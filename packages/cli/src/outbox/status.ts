import { KeyError, type TillStatus } from '@amis-shop/shop-client';
import manifest from '../../package.json' with { type: 'json' };
import { CliError } from '../cli-error.ts';
import { loggerOf, openKeyClient } from '../client.ts';
import type { Context, Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonLine } from '../printable.ts';
import { replaceFile } from '../replace-file.ts';
import { type Row, rowsText } from '../terminal.ts';
import { ageOf, localTime, utcTime } from '../times.ts';
import { besideObjects, besideRows, besideWarnings } from './beside-output.ts';
import { conflictObjects, conflictRows, conflictWarnings } from './conflict-output.ts';
import { requiredOutbox, statusIn } from './open.ts';
import { refuseOutbox } from './output-file.ts';
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
  const outbox = requiredOutbox(settings);
  if (values.output !== undefined) await refuseOutbox(values.output, outbox);
  const status = statusIn(outbox);
  const { current, unrenewed } = await currentKey(status, context);
  const outdated = outdatedIn(status, current);
  const now = Date.now();
  const shown = { current, unrenewed, outdated, now };
  if (values.output !== undefined) {
    await replaceFile(values.output, textOf(format, status, shown), READABLE_BY_ALL);
  } else if (format === 'prometheus') terminal.text(textOf(format, status, shown));
  else terminal.result(statusRows(status, current, now), statusObject(status, shown));
  for (const sentence of warningsOf(status, shown)) terminal.warning(sentence);
  return EXIT.accepted;
};

/** For the textfile collector, which is another user; nothing in it is a secret. */
const READABLE_BY_ALL = 0o644;

interface Shown extends KnownKey {
  /** Queued sales for other keys; `undefined` where it is not known. */
  outdated: number | undefined;
  now: number;
}

interface KnownKey {
  current: string | undefined;
  /** Why the key is a copy that could not be renewed. */
  unrenewed?: { code: string; message: string; hint: string } | undefined;
}

function textOf(format: 'text' | 'json' | 'prometheus', status: TillStatus, shown: Shown): string {
  if (format === 'json') return `${jsonLine(statusObject(status, shown))}\n`;
  if (format === 'text') return rowsText(statusRows(status, shown.current, shown.now));
  return prometheusText(status, { ...shown, version: manifest.version });
}

function outdatedIn({ queued, keys }: TillStatus, current: string | undefined): number | undefined {
  if (current === undefined) return queued > 0 ? undefined : 0;
  return queued - (keys.queued[current] ?? 0);
}

/**
 * What concerns the copy of the key is not for who watches: another user, perhaps, without a cache folder.
 * The key that the alias names now, where sales wait that were sealed for one; else, and where KMS does not answer, the
 * cached one.
 */
async function currentKey(
  { shopId, queued }: TillStatus,
  { world, settings, terminal }: Context,
): Promise<KnownKey> {
  const logger = loggerOf(terminal, () => undefined);
  const client = await openKeyClient(settings, terminal, { shopId, logger });
  const cached = async (): Promise<KnownKey> => {
    const key = await client.publicKey({ signal: AbortSignal.abort() }).catch(() => undefined);
    return { current: key?.kid };
  };
  if (queued === 0) return await cached();
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(KEY_PATIENCE_MS)]);
  try {
    return { current: (await client.publicKey({ refresh: true, signal })).kid };
  } catch (error) {
    world.signal.throwIfAborted();
    terminal.trace(`the key could not be renewed: ${error instanceof Error ? error.message : ''}`);
    const { current } = await cached();
    const isKnown = current !== undefined && error instanceof KeyError;
    return { current, ...(isKnown && { unrenewed: said(error) }) };
  }
}

const said = ({ code, message, hint }: KeyError) => ({ code, message, hint });

function statusRows(status: TillStatus, current: string | undefined, now: number): Row[] {
  const { shopId, tillId, url, file, recorded, accepted, queued, rejected, resolved, bytes } = status;
  const { oldestQueuedAt } = status;
  const { held } = status;
  const waits =
    oldestQueuedAt === undefined
      ? ''
      : `, ${bytes} bytes, the oldest since ${localTime(oldestQueuedAt)} (${ageOf(now - oldestQueuedAt)})`;
  return [
    ['Shop id', shopId],
    ...(tillId === undefined ? [] : ([['Till id', tillId]] satisfies Row[])),
    ['URL', url],
    ['Outbox', file],
    ['Recorded', `${recorded}${lastly(status.lastRecordedAt)}`],
    ['Accepted', `${accepted}${lastly(status.lastAcceptedAt)}`],
    ['Queued', `${queued}${waits}`],
    ['Rejected', String(rejected)],
    ...(resolved > 0 ? ([['Resolved', String(resolved)]] satisfies Row[]) : []),
    ['Held', held ? `since ${localTime(held.since)}: ${held.message}` : 'no'],
    ['Delivered by', deliveredBy(status)],
    ...(status.clockProblem ? ([['Clock', status.clockProblem]] satisfies Row[]) : []),
    ...conflictRows(status),
    ...besideRows(status),
    ['Key', current ?? 'unknown'],
    ...(queued > 0 && current !== undefined
      ? ([['Other keys', `${outdatedIn(status, current)} of the queued sales`]] satisfies Row[])
      : []),
  ];
}

const lastly = (at: number | undefined): string => (at === undefined ? '' : `, the last ${localTime(at)}`);

const statusObject = (status: TillStatus, { current, unrenewed, outdated, now }: Shown) => ({
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
  last_recorded_at: utcTime(status.lastRecordedAt),
  last_accepted_at: utcTime(status.lastAcceptedAt),
  oldest_queued_age_seconds:
    status.oldestQueuedAt === undefined ? undefined : Math.max(0, (now - status.oldestQueuedAt) / 1000),
  held: status.held && { ...status.held, since: utcTime(status.held.since) },
  delivering: status.delivering,
  clock_offset_seconds: status.clockOffsetMs === undefined ? undefined : status.clockOffsetMs / 1000,
  clock_problem: status.clockProblem,
  ...conflictObjects(status),
  ...besideObjects(status),
  keys: { current, queued: status.keys.queued, unrenewed, outdated },
});

function warningsOf(status: TillStatus, { outdated = 0, unrenewed }: Shown): string[] {
  const { rejected, held, clockProblem, file } = status;
  return [
    ...besideWarnings(status),
    ...(clockProblem ? [`${clockProblem} Set it, best by NTP: sales are stamped with it.`] : []),
    ...(held ? [`Nothing is delivered until somebody acts. ${held.hint}`] : []),
    ...(unrenewed ? [`The key is the copy on disk: ${unrenewed.message} ${unrenewed.hint}`] : []),
    ...(outdated > 0
      ? [
          `Queued sales that were sealed for a key that the alias no longer names: ${outdated}. A back end that finds its key by the alias cannot open those of version 1; ask the shop before it removes the old key.`,
        ]
      : []),
    ...conflictWarnings(status),
    ...(rejected > 0 ? [`Rejected sales: ${rejected}. See shop-send outbox rejected --outbox ${file}.`] : []),
  ];
}

function deliveredBy({ delivering, deliverer }: TillStatus): string {
  if (delivering !== 'elsewhere' || deliverer === undefined) return 'nobody';
  return `process ${deliverer.pid} on ${deliverer.host}`;
}
