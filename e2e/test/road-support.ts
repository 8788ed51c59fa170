import type { Expectations, Finding, Report } from '@amis-shop/infra-check';
import type { Sandbox, SandboxDns } from '@amis-shop/sandbox';

export type RoadSandbox = Sandbox & { readonly dns: SandboxDns };

/** What the sandbox prints for infra-check, as the library takes it. */
export function printedExpectations({ ca, dns }: RoadSandbox): Expectations {
  const { servers, port, aliasTarget, validation } = dns;
  return {
    resolvers: servers.slice(0, 1),
    dnsPort: port,
    authoritative: true,
    aliasTarget,
    validation: `${validation.name}=${validation.target}`,
    ca,
    allowPrivate: true,
    postProbe: true,
  };
}

/** The findings that stand before a check on the road; all of them where none is given. */
export function findingsBefore({ findings }: Report, check: string | null): Finding[] {
  const at = findings.findIndex((one) => one.check === check);
  return at === -1 ? findings : findings.slice(0, at);
}

export const toldOf = ({ check, status, summary }: Finding): string => `${check} is ${status}: ${summary}`;
