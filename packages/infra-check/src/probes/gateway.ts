import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { presentedBy } from '../core/auth.ts';
import type { AwsAnswer } from '../core/aws-call.ts';
import { dateOf, isRefusedByDate } from '../core/clock.ts';
import type { Plan } from '../core/expectations.ts';
import { NO_TRUSTED_CONNECTION } from '../core/gateway-evidence.ts';
import { wouldBeTrusted } from '../core/judge-certificate.ts';
import type { ConnectionObservation, GatewayObservation, HttpAnswer } from '../core/observations.ts';
import type { Target } from '../core/target.ts';
import type { Sign } from './aws/signer.ts';
import { connectTls, type Peer } from './handshake.ts';
import { type HttpRequest, notAsked, type Prepared, prepare, request } from './http.ts';
import type { Limits } from './limits.ts';
import type { Trust } from './trust.ts';

/** A body without the keys of a sale: no receiver can book it. */
const PROBE_BODY = JSON.stringify({ infra_check: 'probe' });

/** What is asked first, ready for a socket whose handshake is under way. */
export const firstQuestion = (socket: TLSSocket, target: Target, plan: Plan): Prepared =>
  prepare(socket, { ...getOf(plan), host: hostHeader(target) });

/** A connection that showed a good certificate, and the answer that is on its way over it. */
export interface Asked {
  peer: Peer;
  socket: TLSSocket;
  connection: ConnectionObservation;
  answer: Promise<HttpAnswer>;
  /** Where the POST is to be signed. */
  signer: Promise<AwsAnswer<Sign>> | null;
}

/** Puts its further questions to the gateway over that connection, and over a new one where that was ended. */
export async function askGateway(
  { peer, answer, connection, signer, ...asked }: Asked,
  target: Target,
  plan: Plan,
  trust: Trust,
  limits: Limits,
): Promise<Omit<GatewayObservation, 'phases'>> {
  let socket: TLSSocket | undefined = asked.socket;
  const host = hostHeader(target);
  const put = async (one: Question, most: Limits = limits): Promise<HttpAnswer> => {
    if (!socket || socket.destroyed) socket = await trusted(peer, trust, limits);
    return socket ? request(socket, { ...one, host }, most) : notAsked({ ...one, host });
  };
  const get = await answer;
  const elsewhere = isForbidden(get)
    ? await put({ method: 'GET', path: `/infra-check-${randomUUID()}` })
    : null;
  const options = plan.options ? await put({ method: 'OPTIONS', path: plan.path, headers: PREFLIGHT }) : null;
  const signing = plan.postProbe ? ((await signer) ?? null) : null;
  const putPost = async () =>
    put(await postOf(plan, host, signing?.value ?? null, clockOf(get)), patient(limits));
  const post = plan.postProbe && signing?.value !== null ? await putPost() : null;
  const again = () => (post ? putPost() : put(getOf(plan)));
  const isLost = post !== null && get.outcome === 'answer' && isLostAnswer(post);
  const repeats = isLost || mayPass(post ?? get) ? await repeated(again, limits) : [];
  socket?.destroy();
  return {
    address: peer.address,
    presented: presentedBy(plan.auth).filter(
      (proof) => proof !== 'client-certificate' || connection.client_certificate_requested !== false,
    ),
    client_certificate_requested: connection.client_certificate_requested,
    signing: signing?.call ?? null,
    get,
    elsewhere,
    options,
    post,
    repeats,
  };
}

type Question = Omit<HttpRequest, 'host'>;

const apiKeyOf = ({ auth: { apiKey } }: Plan): Record<string, string> =>
  apiKey ? { 'x-api-key': apiKey() } : {};

const getOf = (plan: Plan): Question => ({ method: 'GET', path: plan.path, headers: apiKeyOf(plan) });

async function postOf(plan: Plan, host: string, sign: Sign | null, now: Date): Promise<Question> {
  const { path } = plan;
  const headers = { 'content-type': 'application/json', ...apiKeyOf(plan) };
  const signed = await sign?.({ method: 'POST', host, path, headers, body: PROBE_BODY }, now);
  return { method: 'POST', path, headers: signed ?? headers, body: PROBE_BODY };
}

/** A till waits longer for its POST than a check may take: all the time that is left counts as patience. */
const patient = (limits: Limits): Limits => ({ ...limits, answerMs: LONGEST_RUN_MS });
const LONGEST_RUN_MS = 600_000;

const MOST_CLOCK_OFFSET_MS = 60_000;

/** As tills do: signatures bear the gateway's time where this machine's clock is far from it. */
function clockOf({ headers }: HttpAnswer): Date {
  const offset = Date.parse(headers['date'] ?? '') - Date.now();
  return new Date(Date.now() + (Math.abs(offset) > MOST_CLOCK_OFFSET_MS ? offset : 0));
}

/** What one request meets and the next may not: a till tries again. */
const mayPass = ({ status }: HttpAnswer): boolean => status === 429 || (status ?? 0) >= 500;

/** Ways to lose an answer that another request may not meet. */
const isLostAnswer = ({ outcome, detail }: HttpAnswer): boolean =>
  LOST.has(outcome) && detail !== NO_TRUSTED_CONNECTION;

const LOST: ReadonlySet<HttpAnswer['outcome']> = new Set(['reset', 'not_http', 'unfinished']);

const PAUSES_MS = [250, 750];

/** Asks again until something else is answered. */
async function repeated(ask: () => Promise<HttpAnswer>, { signal }: Limits): Promise<HttpAnswer[]> {
  const answers: HttpAnswer[] = [];
  for (const pause of PAUSES_MS) {
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const answer = await ask();
    answers.push(answer);
    if (!mayPass(answer) && !isLostAnswer(answer)) break;
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
