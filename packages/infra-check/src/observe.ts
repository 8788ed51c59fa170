import { addressFamily } from './core/address.ts';
import type { CnameSeen, ControlPlaneObservation } from './core/control-plane.ts';
import type { Plan } from './core/expectations.ts';
import { TLS_VERSIONS } from './core/expectations.ts';
import { wouldBeTrusted } from './core/judge-certificate.ts';
import type {
  ConnectionObservation,
  GatewayObservation,
  Sight,
  TlsVersionObservation,
} from './core/observations.ts';
import type { Target } from './core/target.ts';
import { observeControlPlane } from './probes/aws/observe.ts';
import { type DnsLook, lookIntoDns } from './probes/dns.ts';
import { type Asked, askGateway, firstQuestion } from './probes/gateway.ts';
import { connectTls, makeReady, type Peer } from './probes/handshake.ts';
import type { Limits } from './probes/limits.ts';
import { askResolver, lookUp, resolversOf } from './probes/resolve.ts';
import { tryTlsVersion } from './probes/tls-versions.ts';
import type { Trust } from './probes/trust.ts';

/** More addresses than any gateway has. */
const MOST_ADDRESSES = 16;

interface Run {
  target: Target;
  plan: Plan;
  trust: Trust;
  limits: Limits;
}

type RoadSight = Pick<Sight, 'connections' | 'tls_versions' | 'gateway'>;

const nothing = Promise.resolve(undefined);

/**
 * Looks at what the plan wants to know. Connections begin as soon as there are addresses, beside what is left to ask of
 * DNS, and the requests of the gateway stage go over the first connection that a till would trust.
 */
export function observe(run: Run): Sight {
  const { target, plan, limits } = run;
  const look = needsDns(run) ? lookIntoDns(target.host, plan, limits) : undefined;
  const road: RoadSight = needsConnections(plan)
    ? observeRoad(run, look)
    : { connections: nothing, gateway: nothing, tls_versions: nothing };
  return { dns: look?.everything ?? nothing, ...road, control_plane: observeSettings(run) };
}

const needsDns = ({ target, plan }: Run): boolean =>
  !target.isAddress && (plan.stages.has('dns') || plan.stages.has('control-plane') || plan.connect === null);

const needsConnections = ({ stages, checks }: Plan): boolean =>
  stages.has('certificate') ||
  stages.has('gateway') ||
  checks.has('dns.caa') ||
  checks.has('control-plane.served-certificate');

function observeRoad(run: Run, look: DnsLook | undefined): RoadSight {
  setImmediate(() => makeReady(run.trust));
  const gateway = Promise.withResolvers<GatewayObservation | undefined>();
  const peers = peersOf(run, look);
  const connections = peers.then((all) => connectAll(run, all, look, gateway.resolve));
  connections.then(() => gateway.resolve(undefined), gateway.reject);
  const tls_versions = Promise.all([peers, connections]).then(([all, seen]) => tryVersions(run, all, seen));
  return { connections, gateway: gateway.promise, tls_versions };
}

/** @param onGateway is told of the gateway's answers to come, once there is a connection to ask over */
async function connectAll(
  run: Run,
  peers: readonly Peer[],
  look: DnsLook | undefined,
  onGateway: (seen: Promise<GatewayObservation>) => void,
): Promise<ConnectionObservation[] | undefined> {
  const { target, plan, limits, trust } = run;
  if (peers.length === 0 && limits.signal.aborted) return;
  let isAsked = !plan.stages.has('gateway');
  return Promise.all(
    peers.map(async (peer) => {
      let isSpare = true;
      const { socket, observation } = await connectTls(peer, trust, limits, (opening) => {
        const question = isAsked ? undefined : firstQuestion(opening, target, plan);
        return ({ observation: seen }) => {
          if (isAsked || !question || !wouldBeTrusted(seen, target.host)) return;
          isAsked = true;
          isSpare = false;
          const asked = { peer, socket: opening, answer: question.send(limits) };
          onGateway(observeGateway(run, asked, seen, look));
        };
      });
      if (isSpare) socket?.destroy();
      return observation;
    }),
  );
}

/** Each version at each address that took a connection, where the plan wants to know. */
async function tryVersions(
  { plan, limits }: Run,
  peers: readonly Peer[],
  connections: readonly ConnectionObservation[] = [],
): Promise<TlsVersionObservation[] | undefined> {
  if (plan.minTls === null || peers.length === 0) return;
  const open = peers.filter((_, i) => connections[i]?.connect_ms != null);
  return Promise.all(open.flatMap((peer) => TLS_VERSIONS.map((one) => tryTlsVersion(peer, one, limits))));
}

async function observeSettings({ target, plan, limits }: Run): Promise<ControlPlaneObservation | undefined> {
  const { aws, path, stages } = plan;
  if (aws === null || target.isAddress || !stages.has('control-plane')) return;
  const [resolver] = await resolversOf(plan, limits);
  const lookUpCname = async (name: string): Promise<CnameSeen> => {
    if (resolver === undefined) return { name, outcome: 'unreachable', targets: [] };
    const { outcome, answers } = await askResolver(resolver, name, 'CNAME', limits);
    return { name, outcome, targets: answers.flatMap(({ type, data }) => (type === 'CNAME' ? [data] : [])) };
  };
  return observeControlPlane({ host: target.host, path, aws, lookUpCname }, limits);
}

/** Where to connect: where the plan says, else to every address of the name. */
async function peersOf({ target, plan, limits }: Run, look: DnsLook | undefined): Promise<Peer[]> {
  const { connect } = plan;
  const port = connect?.port ?? target.port;
  const serverName = target.isAddress ? null : target.host;
  const addresses = connect
    ? addressFamily(connect.host)
      ? [connect.host]
      : (await lookUp(connect.host, limits)).addresses
    : target.isAddress
      ? [target.host]
      : ((await look?.addresses) ?? []);
  return addresses.slice(0, MOST_ADDRESSES).map((address) => ({ address, port, serverName }));
}

async function observeGateway(
  { target, plan, trust, limits }: Run,
  asked: Asked,
  { connect_ms: connect, tls_ms: tls }: ConnectionObservation,
  look: DnsLook | undefined,
): Promise<GatewayObservation> {
  const answers = await askGateway(asked, target, plan, trust, limits);
  const dns = (await look?.resolved) ?? null;
  const firstByte = answers.get?.first_byte_ms ?? null;
  const total =
    firstByte === null
      ? null
      : [dns, connect, tls, answers.get?.total_ms].reduce((sum: number, ms) => sum + (ms ?? 0), 0);
  return { ...answers, phases: { dns, connect, tls, first_byte: firstByte, total } };
}
