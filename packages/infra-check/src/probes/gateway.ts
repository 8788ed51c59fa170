import { randomUUID } from 'node:crypto';
import type { Plan } from '../core/expectations.ts';
import type { GatewayObservation, HttpAnswer } from '../core/observations.ts';
import type { Target } from '../core/target.ts';
import { type Connected, connectTls, type Peer } from './handshake.ts';
import { type HttpRequest, request } from './http.ts';
import type { Limits } from './limits.ts';
import type { Trust } from './trust.ts';

/** A body without the keys of a sale: no receiver can book it. */
const PROBE_BODY = JSON.stringify({ infra_check: 'probe' });

/** Puts its questions to the gateway over the connection that showed the certificate, and over a new one where that was ended. */
export async function askGateway(
  connected: Connected,
  peer: Peer,
  target: Target,
  plan: Plan,
  trust: Trust,
  limits: Limits,
): Promise<Omit<GatewayObservation, 'phases'>> {
  let { socket } = connected;
  const host = target.port === 443 ? hostText(target) : `${hostText(target)}:${target.port}`;
  const put = async (asked: Omit<HttpRequest, 'host'>): Promise<HttpAnswer | null> => {
    if (!socket || socket.destroyed) ({ socket } = await connectTls(peer, trust, limits));
    return socket ? request(socket, { ...asked, host }, limits) : null;
  };
  const get = await put({ method: 'GET', path: plan.path });
  const elsewhere = isForbidden(get)
    ? await put({ method: 'GET', path: `/infra-check-${randomUUID()}` })
    : null;
  const options = plan.options ? await put({ method: 'OPTIONS', path: plan.path, headers: PREFLIGHT }) : null;
  const headers = { 'content-type': 'application/json' };
  const post = plan.postProbe
    ? await put({ method: 'POST', path: plan.path, headers, body: PROBE_BODY })
    : null;
  socket?.destroy();
  return { address: peer.address, get, elsewhere, options, post };
}

const PREFLIGHT = { origin: 'https://infra-check.invalid', 'access-control-request-method': 'POST' };

const hostText = ({ host }: Target): string => (host.includes(':') ? `[${host}]` : host);

/** What a missing mapping looks like, among others: a second path tells more. */
const isForbidden = (answer: HttpAnswer | null): boolean =>
  /forbidden/i.test(answer?.headers['x-amzn-errortype'] ?? '') ||
  (answer?.status === 403 && /"message" *: *"Forbidden"/i.test(answer.body));
