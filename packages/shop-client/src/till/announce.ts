import type { EventEmitter } from 'node:events';
import { guardWith } from '../caller-code.ts';
import type { ConflictName } from '../conflict.ts';
import type { DeliveryListener } from '../delivery/delivery.ts';
import type { Post } from '../delivery/settlement.ts';
import { publish } from '../diagnostics.ts';
import type { Entry } from '../entry.ts';
import type { ResolvedTillOptions } from '../options.ts';
import { CONFLICT_MEANS } from './conflicts.ts';
import { ids, receiptOf, rejected, type TillEvents } from './report.ts';

interface Audience {
  /** Whoever waits for this one sale, or counts. */
  settled(saleId: string, how: 'accepted' | 'rejected'): void;
  /** Those who listen for events. */
  emitter: EventEmitter<TillEvents>;
}

/** Tells the logger, the diagnostics channels and the audience what became of each sale. */
export function announceTo(options: ResolvedTillOptions, { settled, emitter }: Audience): DeliveryListener {
  const { shopId, logger } = options;
  const subject = (entry: Entry) => ({ shopId, ...ids(entry) });
  const guard = guardWith(logger);
  /** In a turn of its own, and each for itself: one that fails must neither look like a failure of the delivery nor keep the others from hearing. */
  const tell = <Name extends keyof TillEvents>(name: Name, ...event: TillEvents[Name]) =>
    queueMicrotask(() => {
      for (const listener of emitter.rawListeners(name)) {
        guard(`A listener of '${name}'`, () => Reflect.apply(listener, emitter, event));
      }
    });
  const warned = new Set<ConflictName>();
  return {
    posted: (post) => publish('amis-shop.posted', () => ({ shopId, ...postOf(post) })),
    accepted: (entry, receipts, at) => {
      const receipt = receiptOf(entry, receipts, at, options);
      const { attempts, durationMs } = receipt;
      logger?.info({ ...ids(entry), attempts, durationMs }, 'the shop has accepted the sale');
      publish('amis-shop.accepted', () => ({ ...subject(entry), attempts, durationMs }));
      settled(entry.saleId, 'accepted');
      tell('accepted', receipt);
    },
    conflict: (name, entry) => {
      if (!warned.has(name)) logger?.warn(ids(entry), CONFLICT_MEANS[name]);
      warned.add(name);
      tell(name, ids(entry));
    },
    rejected: (entry, failure) => {
      const { code } = failure;
      logger?.warn({ ...ids(entry), code }, 'the sale was rejected; it is kept apart');
      publish('amis-shop.rejected', () => ({ ...subject(entry), code }));
      settled(entry.saleId, 'rejected');
      tell('rejected', rejected(entry, failure));
    },
    retrying: (entry, { code, message }, retryAt) => {
      const attempts = entry.attempts + 1;
      logger?.info({ ...ids(entry), code, attempts }, 'the sale was not taken and is posted again');
      publish('amis-shop.retrying', () => ({ ...subject(entry), code, retryAt }));
      tell('retrying', { ...ids(entry), code, message, attempts, retryAt });
    },
    held: (hold) => {
      const { code, message } = hold;
      logger?.warn({ code }, `deliveries are held: ${message}`);
      publish('amis-shop.held', () => ({ shopId, code }));
      tell('held', hold);
    },
    resumed: () => {
      logger?.info({}, 'deliveries go on');
      publish('amis-shop.resumed', () => ({ shopId }));
      tell('resumed');
    },
  };
}

function postOf({ entry, message, outcome, result, durationMs }: Post) {
  return {
    ...ids(entry),
    protocol: message.protocol,
    outcome: outcome.status,
    ...(outcome.status !== 'accepted' && { code: outcome.code }),
    ...(result.kind === 'answer' && {
      statusCode: result.statusCode,
      ...(result.requestId !== undefined && { requestId: result.requestId }),
    }),
    bytes: Buffer.byteLength(message.body),
    durationMs,
  };
}
