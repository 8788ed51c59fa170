import type { CnameSeen, ControlPlaneObservation } from './core/control-plane.ts';
import type { Plan } from './core/expectations.ts';
import type { Sight } from './core/observations.ts';
import { observeConnections, type RoadSight, type Run } from './observe-connections.ts';
import { observeControlPlane } from './probes/aws/observe.ts';
import { lookIntoDns } from './probes/dns.ts';
import { askResolver, resolversOf } from './probes/resolve.ts';

const nothing = Promise.resolve(undefined);

/**
 * Looks at what the plan wants to know. Connections begin as soon as there are addresses, beside what is left to ask of
 * DNS, and the requests of the gateway stage go over each connection that a till would trust.
 */
export function observe(run: Run): Sight {
  const { target, plan, limits } = run;
  const look = needsDns(run) ? lookIntoDns(target, plan, limits) : undefined;
  const road: RoadSight = needsConnections(plan)
    ? observeConnections(run, look)
    : { connections: nothing, gateways: nothing, tls_versions: nothing, key_types: nothing };
  return { dns: look?.everything ?? nothing, ...road, control_plane: observeSettings(run) };
}

const needsDns = ({ target, plan }: Run): boolean =>
  !target.isAddress &&
  (plan.stages.has('dns') ||
    plan.stages.has('control-plane') ||
    (plan.connect === null && plan.proxy === null));

const needsConnections = ({ stages, checks }: Plan): boolean =>
  stages.has('certificate') ||
  stages.has('gateway') ||
  checks.has('dns.caa') ||
  checks.has('control-plane.served-certificate');

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
