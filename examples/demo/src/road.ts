import { checkInfra, type Finding, render } from '@amis-shop/infra-check';
import type { Sandbox, SandboxDns } from '@amis-shop/sandbox';

export interface Road {
  /** One line: the till, and behind it link by link what the shop is reached by. */
  readonly drawn: string;
  /** The first broken link; undefined where the road is open. */
  readonly broken: Finding | undefined;
}

/** Walks the road to the shop, as `infra-check` does for people who run one. */
export async function walkRoad({ url, ca, dns }: Sandbox & { readonly dns: SandboxDns }): Promise<Road> {
  const report = await checkInfra(url, {
    resolvers: dns.servers.slice(0, 1),
    dnsPort: dns.port,
    authoritative: true,
    aliasTarget: dns.aliasTarget,
    validation: `${dns.validation.name}=${dns.validation.target}`,
    ca,
    allowPrivate: true,
  });
  const drawn = render(report, 'text')
    .split('\n')
    .find((line) => line.startsWith('  till '));
  return {
    drawn: drawn?.trim() ?? '',
    broken: report.findings.find(({ check }) => check === report.first_broken),
  };
}
