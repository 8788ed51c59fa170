import type { Observations, Phases } from './observations.ts';

/** Those of the question to the gateway at the first address; where nothing was asked, as far as the first resolver and the first connection came. */
export function phasesOf({ dns, connections, gateways }: Observations): Phases {
  const [gateway] = gateways ?? [];
  if (gateway) return gateway.phases;
  const [resolver] = dns?.resolvers ?? [];
  const [connection] = connections ?? [];
  return {
    dns:
      resolver && connection?.proxy === undefined
        ? Math.max(resolver.a.duration_ms, resolver.aaaa.duration_ms)
        : null,
    connect: connection?.connect_ms ?? null,
    tls: connection?.tls_ms ?? null,
    first_byte: null,
    total: null,
  };
}
