import { exportLines } from './data-dir.ts';
import type { Sandbox, SandboxDns } from './types.ts';

export type Announced = Sandbox & { readonly dns: SandboxDns };

/** For people, and for a shell: what is no command is a comment. */
export function asLines(sandbox: Announced): string {
  const { url, pageUrl, env } = sandbox;
  const shops = sandbox.books().shops.map(({ shop_id }) => shop_id);
  return [
    `# The shop is open: ${shops.join(', ')} at ${url}\n`,
    `# Its books: ${pageUrl}\n`,
    `# Its road: infra-check ${infraCheckArguments(sandbox).map(quoted).join(' ')}\n`,
    exportLines(env),
    '# Stop it with Ctrl-C.\n',
  ].join('');
}

/** One object, names in snake case. */
export function asJson(sandbox: Announced): string {
  const { url, urls, connect, caFile, kmsEndpoint, region, pageUrl, dns, env } = sandbox;
  const fields = {
    url,
    urls,
    connect,
    ca_file: caFile,
    kms_endpoint: kmsEndpoint,
    region,
    page_url: pageUrl,
    dns: {
      servers: dns.servers,
      port: dns.port,
      zone: dns.zone,
      alias_target: dns.aliasTarget,
      validation: dns.validation,
      caa_issuers: dns.caaIssuers,
    },
    infra_check: infraCheckArguments(sandbox),
    env,
  };
  return `${JSON.stringify(fields)}\n`;
}

/** What `infra-check` needs to know to walk the road of the sandbox. */
function infraCheckArguments({ url, caFile, dns }: Announced): string[] {
  const { servers, port, aliasTarget, validation } = dns;
  return [
    url,
    ...['--resolver', servers[0] ?? ''],
    ...['--dns-port', String(port), '--authoritative'],
    ...['--alias-target', aliasTarget],
    ...['--validation', `${validation.name}=${validation.target}`],
    ...['--ca', caFile],
    '--allow-private',
    '--post-probe',
  ];
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
