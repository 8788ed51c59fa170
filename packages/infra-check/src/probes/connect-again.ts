import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionObservation, ConnectionOutcome } from '../core/observations.ts';
import { type Connected, connectTls, type Peer, type Watch } from './handshake.ts';
import type { Limits } from './limits.ts';
import type { Trust } from './trust.ts';

/** What one connection meets and the next may not: a till tries again. */
const MAY_PASS: ReadonlySet<ConnectionOutcome> = new Set([
  'refused',
  'timeout',
  'unreachable',
  'reset',
  'tls_timeout',
  'proxy_unreachable',
  'proxy_error',
  'proxy_failed',
]);

/** Who asked for a client certificate and ends the handshake would do so again. */
const mayPass = ({ outcome, client_certificate_requested: isAsked }: ConnectionObservation): boolean =>
  MAY_PASS.has(outcome) && !isAsked;

const PAUSE_MS = 250;

/** By then the system has repeated a lost packet; a connection that is slow, and not lost, goes on beside the second. */
const PATIENCE = { share: 0.4, leastMs: 1_000 };

/**
 * Connects, and once more where the first try came to nothing or is late; that one goes on, and whichever is open first
 * counts. Takes no longer than one connection may. Never rejects.
 */
export async function connectAgain(
  peer: Peer,
  trust: Trust,
  limits: Limits,
  watch?: Watch,
): Promise<Connected> {
  const start = performance.now();
  const first = connectTls(peer, trust, limits, watch);
  const early = await within(first, Math.max(limits.connectMs * PATIENCE.share, PATIENCE.leastMs));
  if (early && !mayPass(early.observation)) return early;
  if (early) await sleep(PAUSE_MS, undefined, { signal: limits.signal }).catch(() => undefined);
  const leftMs = limits.connectMs - (performance.now() - start);
  if (limits.signal.aborted || leftMs <= 0) return first;
  const second = connectTls(peer, trust, { ...limits, connectMs: leftMs }, watch).then((it) => secondTry(it));
  return await firstOpen(first, second);
}

const secondTry = ({ socket, observation }: Connected): Connected => ({
  socket,
  observation: { ...observation, tries: 2 },
});

/** The one that is open first, else the first one. */
async function firstOpen(first: Promise<Connected>, second: Promise<Connected>): Promise<Connected> {
  const opened = [first, second].map((one) =>
    one.then((it) => (it.socket ? it : Promise.reject(new Error(it.observation.outcome)))),
  );
  const winner = await Promise.any(opened).catch(() => undefined);
  for (const one of [first, second])
    void one.then((it) => {
      if (it !== winner) it.socket?.destroy();
    });
  return winner ?? secondTry(await first);
}

/** Undefined where it takes longer. */
const within = <T>(coming: Promise<T>, ms: number): Promise<T | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    void coming.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
