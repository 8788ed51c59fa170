import type { Target } from './target.ts';

export type Env = Readonly<Record<string, string | undefined>>;

type Place = Pick<Target, 'host' | 'port'>;

/** What HTTPS_PROXY says of this target, user name and password included; undefined where NO_PROXY exempts it. */
export function environmentProxy({ host, port }: Place, env: Env): string | undefined {
  const variable = (name: string) => env[name.toLowerCase()] || env[name];
  const proxy = variable('HTTPS_PROXY');
  return !proxy || isExempt(host.toLowerCase(), port, variable('NO_PROXY') ?? '') ? undefined : proxy;
}

/** The proxy by which a till reaches this target that takes it from the environment, without user name and password. */
export function proxyFor(place: Place, env: Env): string | undefined {
  const proxy = environmentProxy(place, env);
  if (proxy === undefined) return;
  if (!URL.canParse(proxy)) return 'HTTPS_PROXY';
  const { protocol, host: at } = new URL(proxy);
  return at === '' ? 'HTTPS_PROXY' : `${protocol}//${at}`;
}

/** As Node reads NO_PROXY, which tills obey. Source: nodejs.org/api/http.html, Built-in Proxy Support */
const isExempt = (host: string, port: number, noProxy: string): boolean =>
  noProxy
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim())
    .some((entry) => {
      if (entry === '*' || entry === host || entry === `${host}:${port}`) return true;
      if (entry.startsWith('*.')) return host.endsWith(entry.slice(1));
      if (entry.startsWith('.')) return host.endsWith(entry) || host === entry.slice(1);
      return isInRange(host, entry);
    });

/** `192.168.1.0-192.168.1.255`. */
function isInRange(host: string, entry: string): boolean {
  const [from, to, at] = [...entry.split('-', 2), host].map((text) => numberOf(text.trim()));
  return from !== undefined && to !== undefined && at !== undefined && from <= at && at <= to;
}

const numberOf = (text: string): number | undefined =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text)
    ? text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
    : undefined;

/** What is not seen where the environment names a proxy for any of these; undefined where it names none. */
export function unusedProxy(targets: readonly Place[], env: Env): string | undefined {
  const [proxy] = targets.flatMap((target) => proxyFor(target, env) ?? []);
  return proxy === undefined
    ? undefined
    : `The environment names the proxy ${proxy}, and infra-check does not use it: what tills meet that take it (NODE_USE_ENV_PROXY=1) is not seen. Use it by --proxy env (proxy: env), or say by none that the direct way is meant.`;
}
