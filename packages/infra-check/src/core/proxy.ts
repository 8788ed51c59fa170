import type { Target } from './target.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The proxy by which a till reaches this target that takes it from the environment, without user name and password. */
export function proxyFor({ host, port }: Pick<Target, 'host' | 'port'>, env: Env): string | undefined {
  const variable = (name: string) => env[name.toLowerCase()] || env[name];
  const proxy = variable('HTTPS_PROXY');
  if (!proxy || isExempt(host.toLowerCase(), port, variable('NO_PROXY') ?? '')) return;
  if (!URL.canParse(proxy)) return 'HTTPS_PROXY';
  const { protocol, host: at } = new URL(proxy);
  return at === '' ? 'HTTPS_PROXY' : `${protocol}//${at}`;
}

/** As Node reads NO_PROXY, but for ranges of addresses. Source: nodejs.org/api/http.html, Built-in Proxy Support */
const isExempt = (host: string, port: number, noProxy: string): boolean =>
  noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*' || entry === host || entry === `${host}:${port}`) return true;
      const suffix = entry.replace(/^\*/, '');
      return suffix.startsWith('.') && (host.endsWith(suffix) || host === suffix.slice(1));
    });

/** What is not seen where the environment names a proxy for any of these; undefined where it names none. */
export function unusedProxy(targets: readonly Pick<Target, 'host' | 'port'>[], env: Env): string | undefined {
  const [proxy] = targets.flatMap((target) => proxyFor(target, env) ?? []);
  return proxy === undefined
    ? undefined
    : `The environment names the proxy ${proxy}, and infra-check does not use it: what tills meet that take it (NODE_USE_ENV_PROXY=1) is not seen.`;
}
