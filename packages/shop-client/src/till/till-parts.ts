import type { EventEmitter } from 'node:events';
import { Delivery } from '../delivery/delivery.ts';
import { GroupCommit } from '../delivery/group-commit.ts';
import { holdFor } from '../delivery/trouble.ts';
import type { ResolvedTillOptions } from '../options.ts';
import type { Outbox } from '../outbox.ts';
import type { PublicKeys } from '../ports.ts';
import { announceTo } from './announce.ts';
import { lookBeside } from './beside.ts';
import { checkIdentity } from './identity.ts';
import { KeyWatch } from './key-watch.ts';
import type { Pruned } from './pruning.ts';
import { Recorder } from './recorder.ts';
import { statusOf, type TillEvents, type TillStatus } from './report.ts';
import type { TillPorts } from './till-ports.ts';
import { TillTime } from './till-time.ts';
import { Upkeep } from './upkeep.ts';
import { Waiters } from './waiters.ts';

/** What an open till works with. */
export interface TillParts {
  /** With the till's id as its outbox knows it. */
  readonly options: ResolvedTillOptions;
  readonly outbox: Outbox;
  readonly publicKeys: PublicKeys;
  readonly time: TillTime;
  readonly commits: GroupCommit;
  readonly delivery: Delivery;
  readonly keys: KeyWatch;
  readonly waiters: Waiters;
  readonly recorder: Recorder;
  /** How many sales this till has settled since it was opened; what others do to the same outbox does not count. */
  readonly settled: Readonly<Record<'accepted' | 'rejected', number>>;
}

interface TillHooks {
  emitter: EventEmitter<TillEvents>;
  prune(acceptedBefore: number): Promise<Pruned>;
}

/** Nothing is delivered before the delivery is woken. @throws {OutboxError} where the outbox is another till's */
export function assemble(
  given: ResolvedTillOptions,
  ports: TillPorts,
  { emitter, prune }: TillHooks,
): TillParts {
  const { outbox, publicKeys } = ports;
  const time = new TillTime({
    ...ports,
    note: (said) => commits.settle([{ type: 'shop-time', time: said }], () => undefined),
  });
  const clock = time.now;
  const options = { ...given, tillId: checkIdentity(outbox, given) };
  const commits = new GroupCommit(outbox, (error) =>
    delivery.hold('unwritable', error && holdFor(error, clock())),
  );
  const waiters = new Waiters(() => delivery.delivering);
  const settled = { accepted: 0, rejected: 0 };
  const upkeep = new Upkeep({ ...options, time, prune });
  const announcer = announceTo(options, {
    settled: (saleId, how) => {
      settled[how] += 1;
      waiters.settled(saleId);
      upkeep.look();
    },
    emitter,
  });
  const delivery = new Delivery({ ...given, ...ports, clock, commits, answered: time.answered }, announcer);
  const listener = {
    changed: (kid: string) => warnOfOutdated(parts, kid),
    problem: (problem: KeyWatch['problem']) => delivery.hold('key', problem && holdFor(problem, clock())),
  };
  const keys = new KeyWatch(publicKeys, listener, given.deliver);
  const recorder = new Recorder({ options, outbox, time, commits, keys, recorded: () => delivery.wake() });
  const parts = { options, outbox, publicKeys, time, commits, delivery, keys, waiters, recorder, settled };
  return parts;
}

/** @throws {OutboxError} */
export function statusNow({ options, outbox, time, delivery, keys }: TillParts): TillStatus {
  const summary = outbox.summary();
  const status = statusOf(options, summary, {
    oldestQueuedAt: time.queuedFor()?.since,
    ...time.findings(summary.recorded),
    held: delivery.held,
    delivering: delivery.delivering,
    kid: keys.kid,
    unrenewed: keys.unrenewed,
  });
  return { ...status, ...lookBeside(options.file, outbox) };
}

function warnOfOutdated(parts: TillParts, kid: string): void {
  const { outdated } = statusNow(parts).keys;
  if (outdated === 0) return;
  parts.options.logger?.warn(
    { kid, outdated },
    'queued sales were sealed for a key that the alias no longer names',
  );
}
