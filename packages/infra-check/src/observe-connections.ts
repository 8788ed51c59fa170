import { addressFamily } from './core/address.ts';
import { isRefusedByDate } from './core/clock.ts';
import type { Plan } from './core/expectations.ts';
import { TLS_VERSIONS } from './core/expectations.ts';
import { wouldBeTrusted } from './core/judge-certificate.ts';
import type {
  ConnectionObservation,
  GatewayObservation,
  KeyTypeObservation,
  Sight,
  TlsVersionObservation,
} from './core/observations.ts';
import type { Target } from './core/target.ts';
import { connectAgain } from './probes/connect-again.ts';
import type { DnsLook } from './probes/dns.ts';
import { type Asked, askGateway, clockOffset, firstQuestion } from './probes/gateway.ts';
import { makeReady, type Peer, type Watch } from './probes/handshake.ts';
import { askKeyTypes } from './probes/key-types.ts';
import type { Limits } from './probes/limits.ts';
import { lookUp } from './probes/system-lookup.ts';
import { tryTlsVersion } from './probes/tls-versions.ts';
import type { Trust } from './probes/trust.ts';

/** More addresses than any gateway has. */
const MOST_ADDRESSES = 16;

/** One run: where it goes, what it wants to know, and how long that may take. */
export interface Run {
  target: Target;
  plan: Plan;
  trust: Trust;
  limits: Limits;
}

export type RoadSight = Pick<Sight, 'connections' | 'tls_versions' | 'key_types' | 'gateways'>;

/** One address: its connection, and what the gateway answered over it; undefined where it was not asked. */
interface AddressLook {
  connection: Promise<ConnectionObservation>;
  gateway: Promise<GatewayObservation | undefined>;
}

/** Connects to each address, and asks the gateway over each connection that a till would trust, all beside one another. */
export function observeConnections(run: Run, look: DnsLook | undefined): RoadSight {
  setImmediate(() => makeReady(run.trust));
  const peers = peersOf(run, look);
  const signer = signerOf(run);
  const looks = peers.then((all) => all.map((peer) => lookAt(run, peer, look, signer)));
  const connections = looks.then((all) =>
    all.length === 0 && run.limits.signal.aborted
      ? undefined
      : Promise.all(all.map(({ connection }) => connection)),
  );
  const tls_versions = Promise.all([peers, connections]).then(([all, seen]) => tryVersions(run, all, seen));
  const key_types = Promise.all([peers, connections]).then(([all, seen]) => otherKeys(run, all, seen));
  return { connections, gateways: looks.then(answersOf), tls_versions, key_types };
}

async function answersOf(looks: readonly AddressLook[]): Promise<GatewayObservation[] | undefined> {
  const all = await Promise.all(looks.map(({ gateway }) => gateway));
  const asked = all.filter((one) => one !== undefined);
  return asked.length > 0 ? asked : undefined;
}

/** Begun beside all else, for the look-up of credentials may take as long as the way to the gateway. */
function signerOf({ plan, limits }: Run): Asked['signer'] {
  const { sigV4 } = plan.auth;
  if (!sigV4 || !plan.postProbe || !plan.stages.has('gateway')) return null;
  const opening = import('./probes/aws/signer.ts').then(({ openSigner }) => openSigner(sigV4, limits));
  // Awaited by who posts; where nobody comes so far, a failure is nobody's.
  opening.catch(() => undefined);
  return opening;
}

function lookAt(run: Run, peer: Peer, look: DnsLook | undefined, signer: Asked['signer']): AddressLook {
  const { target, plan, limits, trust } = run;
  const gateway = Promise.withResolvers<GatewayObservation | undefined>();
  /** Called by a socket, where nobody else would catch a defect. */
  const guarded = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch (defect) {
      gateway.reject(defect);
      return;
    }
  };
  let isAsked = false;
  let isOver = false;
  const watch: Watch = (opening) => {
    const question = guarded(() => firstQuestion(opening, target, plan));
    return ({ observation }) =>
      guarded(() => {
        if (!question || isAsked || isOver || !wouldBeTrusted(observation)) return;
        const asked = {
          peer,
          socket: opening,
          connection: observation,
          answer: question.send(limits),
          signer,
        };
        isAsked = true;
        gateway.resolve(observeGateway(run, asked, observation, look));
      });
  };
  const connection = connectAgain(peer, trust, limits, plan.stages.has('gateway') ? watch : undefined).then(
    async ({ socket, observation }) => {
      isOver = true;
      if (!isAsked) socket?.destroy();
      gateway.resolve(undefined);
      if (!isRefusedByDate(observation)) return observation;
      const offset = await clockOffset(peer, target, trust, limits);
      return offset === undefined ? observation : { ...observation, clock_offset_ms: offset };
    },
  );
  return { connection, gateway: gateway.promise };
}

/** Each version at each address that took a connection, where the plan wants to know. */
async function tryVersions(
  { plan, trust, limits }: Run,
  peers: readonly Peer[],
  connections: readonly ConnectionObservation[] = [],
): Promise<TlsVersionObservation[] | undefined> {
  if (plan.minTls === null || peers.length === 0) return;
  const open = peers.filter((_, i) => connections[i]?.connect_ms != null);
  return Promise.all(
    open.flatMap((peer) => TLS_VERSIONS.map((one) => tryTlsVersion(peer, one, trust, limits))),
  );
}

/** The certificates of other types of keys at each address that took a connection, where the plan wants to know. */
async function otherKeys(
  { plan, trust, limits }: Run,
  peers: readonly Peer[],
  connections: readonly ConnectionObservation[] = [],
): Promise<KeyTypeObservation[] | undefined> {
  if (!plan.keyTypes) return;
  const asked = peers.map(async (peer, i) => {
    const seen = connections[i];
    return seen?.connect_ms == null ? [] : askKeyTypes(peer, seen, trust, limits);
  });
  const all = (await Promise.all(asked)).flat();
  return all.length > 0 ? all : undefined;
}

/** Where to connect: where the plan says, else to every address of the name; through a proxy to the name, which it looks up. */
async function peersOf({ target, plan, limits }: Run, look: DnsLook | undefined): Promise<Peer[]> {
  const { connect, proxy } = plan;
  const port = connect?.port ?? target.port;
  const serverName = target.isAddress ? null : target.host;
  const host = target.host;
  if (proxy) return [{ address: connect?.host ?? host, port, serverName, host, proxy }];
  const addresses = connect
    ? addressFamily(connect.host)
      ? [connect.host]
      : (await lookUp(connect.host, limits)).addresses
    : target.isAddress
      ? [target.host]
      : ((await look?.addresses) ?? []);
  return addresses
    .filter((address) => plan.ipVersion === null || addressFamily(address) === plan.ipVersion)
    .slice(0, MOST_ADDRESSES)
    .map((address) => ({ address, port, serverName, host, proxy }));
}

async function observeGateway(
  { target, plan, trust, limits }: Run,
  asked: Asked,
  { connect_ms: connect, tls_ms: tls }: ConnectionObservation,
  look: DnsLook | undefined,
): Promise<GatewayObservation> {
  const answers = await askGateway(asked, target, plan, trust, limits);
  const dns = plan.proxy ? null : ((await look?.resolved) ?? null);
  const firstByte = answers.get?.first_byte_ms ?? null;
  const total =
    firstByte === null
      ? null
      : [dns, connect, tls, answers.get?.total_ms].reduce((sum: number, ms) => sum + (ms ?? 0), 0);
  return { ...answers, phases: { dns, connect, tls, first_byte: firstByte, total } };
}
