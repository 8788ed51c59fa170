import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { dateOf, isRefusedByDate } from '../core/clock.ts';
import type { Plan } from '../core/expectations.ts';
import { wouldBeTrusted } from '../core/judge-certificate.ts';
import type { GatewayObservation, HttpAnswer } from '../core/observations.ts';
import type { Target } from '../core/target.ts';
import { connectTls, type Peer } from './handshake.ts';
import { type HttpRequest, notAsked, type Prepared, prepare, request } from './http.ts';
import type { Limits } from './limits.ts';
import type { Trust } from './trust.ts';

/** A body without the keys of a sale: no receiver can book it. */
const PROBE_BODY = JSON.stringify({ infra_check: 'probe' });

/** What is asked first, ready for a socket whose handshake is under way. */
export const firstQuestion = (socket: TLSSocket, target: Target, { path }: Plan): Prepared =>
  prepare(socket, { method: 'GET', path, host: hostHeader(target) });

/** A connection that showed a good certificate, and the answer that is on its way over it. */
export interface Asked {
  peer: Peer;
  socket: TLSSocket;
  answer: Promise<HttpAnswer>;
}

/** Puts its further questions to the gateway over that connection, and over a new one where that was ended. */
export async function askGateway(
  { peer, answer, ...asked }: Asked,
  target: Target,
  plan: Plan,
  trust: Trust,
  limits: Limits,
): Promise<Omit<GatewayObservation, 'phases'>> {
  let socket: TLSSocket | undefined = asked.socket;
  const host = hostHeader(target);
  const put = async (one: Omit<HttpRequest, 'host'>): Promise<HttpAnswer> => {
    if (!socket || socket.destroyed) socket = await trusted(peer, trust, limits);
    return socket ? request(socket, { ...one, host }, limits) : notAsked({ ...one, host });
  };
  const get = await answer;
  const elsewhere = isForbidden(get)
    ? await put({ method: 'GET', path: `/infra-check-${randomUUID()}` })
    : null;
  const options = plan.options ? await put({ method: 'OPTIONS', path: plan.path, headers: PREFLIGHT }) : null;
  const post = plan.postProbe ? await put(postTo(plan.path)) : null;
  const again = () => put(post ? postTo(plan.path) : { method: 'GET', path: plan.path });
  const repeats = mayPass(post ?? get) ? await repeated(again, limits) : [];
  socket?.destroy();
  return { address: peer.address, get, elsewhere, options, post, repeats };
}

const postTo = (path: string): Omit<HttpRequest, 'host'> => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json' },
  body: PROBE_BODY,
});

/** What one request meets and the next may not: a till tries again. */
const mayPass = ({ status }: HttpAnswer): boolean => status === 429 || (status ?? 0) >= 500;

const PAUSES_MS = [250, 750];

/** Asks again until something else is answered. */
async function repeated(ask: () => Promise<HttpAnswer>, { signal }: Limits): Promise<HttpAnswer[]> {
  const answers: HttpAnswer[] = [];
  for (const pause of PAUSES_MS) {
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const answer = await ask();
    answers.push(answer);
    if (!mayPass(answer)) break;
  }
  return answers;
}

/** Another connection is judged as the first one was. */
async function trusted(peer: Peer, trust: Trust, limits: Limits): Promise<TLSSocket | undefined> {
  const { socket, observation } = await connectTls(peer, trust, limits);
  if (wouldBeTrusted(observation)) return socket;
  socket?.destroy();
  return;
}

/**
 * Asks for nothing but the time, over a connection whose certificate is refused for its dates alone: the clock of this
 * machine may be what is wrong. Undefined where it is not told.
 */
export async function clockOffset(
  peer: Peer,
  target: Target,
  trust: Trust,
  limits: Limits,
): Promise<number | undefined> {
  // One of its own: the question of the other one is attached to its socket already.
  const { socket, observation } = await connectTls(peer, trust, limits);
  if (!socket) return;
  const head: HttpRequest = { method: 'HEAD', path: '/', host: hostHeader(target) };
  const [date] = isRefusedByDate(observation) ? dateOf(await request(socket, head, limits)) : [];
  socket.destroy();
  return date === undefined ? undefined : date - Date.now();
}

const PREFLIGHT = { origin: 'https://infra-check.invalid', 'access-control-request-method': 'POST' };

const hostHeader = (target: Target): string =>
  target.port === 443 ? hostText(target) : `${hostText(target)}:${target.port}`;

const hostText = ({ host }: Target): string => (host.includes(':') ? `[${host}]` : host);

/** What a missing mapping looks like, among others: a second path tells more. */
const isForbidden = (answer: HttpAnswer | null): boolean =>
  /forbidden/i.test(answer?.headers['x-amzn-errortype'] ?? '') ||
  (answer?.status === 403 && /"message" *: *"Forbidden"/i.test(answer.body));
