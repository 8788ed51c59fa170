import { resolve } from 'node:path';
import { obstacleBeside } from '../adapters/sqlite/beside.ts';
import { readSnapshot } from '../adapters/sqlite/snapshot.ts';
import { holdFor } from '../delivery/trouble.ts';
import { OutboxError } from '../errors.ts';
import type { Outbox } from '../outbox.ts';
import { lookBeside } from './beside.ts';
import { statusOf, type TillHold, type TillStatus } from './report.ts';
import { TillTime } from './till-time.ts';

/**
 * The status of an outbox from its file alone, for those who watch a till: needs no key and no network, and only the right to
 * read the file. What a till knows beside its file is not in it: the key that it seals for, and trouble with that key.
 * @example
 * const { queued, oldestQueuedAt, held } = readStatus('/var/lib/till/outbox.db');
 * @throws {OutboxError}
 */
export function readStatus(file: string): TillStatus {
  const path = resolve(file);
  return readSnapshot(path, (reader) => {
    const identity = reader.identity();
    if (identity === undefined) throw unbegun(path);
    const summary = reader.summary();
    const time = new TillTime({ outbox: reader, clock: Date.now, uptime: undefined, note: () => undefined });
    const status = statusOf({ ...identity, file: path }, summary, {
      oldestQueuedAt: time.queuedFor()?.since,
      ...time.findings(summary.recorded),
      held: blockedBy(path) ?? heldIn(reader),
      delivering: false,
      kid: undefined,
      unrenewed: undefined,
    });
    return { ...status, ...lookBeside(path, reader) };
  });
}

/** What a till that is open tells by itself. */
function blockedBy(file: string): TillHold | undefined {
  const obstacle = obstacleBeside(file);
  return obstacle && holdFor(obstacle.error, obstacle.since);
}

function heldIn(outbox: Pick<Outbox, 'road'>): TillHold | undefined {
  for (const protocol of [1, 2] as const) {
    const { held } = outbox.road(protocol);
    if (held) return { ...held, protocol };
  }
  return;
}

const unbegun = (file: string): OutboxError =>
  new OutboxError('outbox_missing', `${file} holds no outbox yet.`, {
    hint: 'The first recorded sale creates one.',
  });
