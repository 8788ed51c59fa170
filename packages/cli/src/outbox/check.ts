import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { OutboxError, rescuedSales, type ShopClient, type TillStatus } from '@amis-shop/shop-client';
import { type Check, failed } from '../doctor-checks.ts';
import { EXIT } from '../exit-codes.ts';
import { explain } from '../failure.ts';
import { ageOf } from '../times.ts';
import { rescuedFinding } from './beside-output.ts';
import { conflictsIn } from './conflict-output.ts';
import { statusIn } from './open.ts';

const WHAT = 'outbox';
/** A shop that is reached empties a queue sooner. */
const LONG_MS = 3_600_000;

/** What `doctor` finds of an outbox; changes nothing in it, the address it remembers least of all. */
export function checkOutbox(file: string, client: ShopClient['settings']): Check {
  try {
    return judge(statusIn(file), client);
  } catch (error) {
    if (error instanceof OutboxError && error.code === 'outbox_missing' && isFolder(dirname(file))) {
      return judgeMissing(file);
    }
    return failed(WHAT, explain(error));
  }
}

function judgeMissing(file: string): Check {
  const detail = `${file} is not there yet; the first sale makes it`;
  const [rescued] = rescuedSales(file);
  if (rescued === undefined) return { status: 'ok', what: WHAT, detail };
  return { status: 'warn', what: WHAT, detail: `${detail}; ${rescuedFinding(rescued)}`, hint: rescued.hint };
}

function judge(known: TillStatus, { shopId, url }: ShopClient['settings']): Check {
  const { recorded, queued, rejected, oldestQueuedAt, held, file, clockProblem } = known;
  const age = oldestQueuedAt === undefined ? 0 : Date.now() - oldestQueuedAt;
  const wait = queued === 0 ? 'none waits' : `${queued} wait, the oldest for ${ageOf(age)}`;
  const detail = `${file}: ${recorded} sales, ${wait}, ${rejected} rejected`;
  const see = `shop-send outbox status --outbox ${file}`;
  const warn = (more: string, hint: string): Check => ({
    status: 'warn',
    what: WHAT,
    detail: `${detail}; ${more}`,
    hint,
  });
  if (known.shopId !== shopId && recorded > 0) {
    return {
      ...warn(`they are of shop ${known.shopId}`, 'Give each shop an outbox of its own.'),
      status: 'fail',
      code: 'outbox_foreign',
      exitCode: EXIT.usage,
    };
  }
  if (known.openingProblem) return warn(known.openingProblem.message, known.openingProblem.hint);
  const [rescued] = known.rescued;
  if (rescued) return warn(rescuedFinding(rescued), rescued.hint);
  if (held) return warn(`held: ${held.message}`, held.hint);
  const [conflict] = conflictsIn(known);
  if (conflict) return warn(conflict.finding, conflict.hint);
  if (clockProblem) return warn(clockProblem.replace(/\.$/, ''), 'Set the clock, best by NTP.');
  if (rejected > 0) return warn('some sales are rejected', `See shop-send outbox rejected --outbox ${file}.`);
  if (known.url !== url && recorded > 0)
    return warn(`it delivers to ${known.url}`, 'The next sale that is sent moves it to the address above.');
  if (age > LONG_MS) return warn('that is long', `See ${see}; deliver with shop-send outbox flush.`);
  return { status: 'ok', what: WHAT, detail };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
