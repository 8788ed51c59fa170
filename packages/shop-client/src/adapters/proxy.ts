import https, { type AgentOptions } from 'node:https';

type Env = Readonly<Record<string, string | undefined>>;

/** What Node's own agent was told of proxies (NODE_USE_ENV_PROXY), if anything; see docs/decisions/0024. */
export function nodeProxyEnv(): NodeJS.ProcessEnv | undefined {
  return (https.globalAgent.options as AgentOptions & { proxyEnv?: NodeJS.ProcessEnv }).proxyEnv;
}

/** The proxy through which a request to this URL goes, without its user name and password. */
export function proxyFor(url: string, env: Env | undefined = nodeProxyEnv()): string | undefined {
  const variable = (name: string) => env?.[name.toLowerCase()] || env?.[name];
  const proxy = variable('HTTPS_PROXY');
  if (proxy === undefined || !url.startsWith('https:') || !URL.canParse(url)) return;
  if (isExempt(new URL(url), variable('NO_PROXY') ?? '')) return;
  if (!URL.canParse(proxy)) return 'HTTPS_PROXY';
  const { protocol, host } = new URL(proxy);
  return `${protocol}//${host}`;
}

/** As Node reads NO_PROXY, but for ranges of addresses. Source: nodejs.org/api/http.html, Built-in Proxy Support */
function isExempt({ hostname, port }: URL, noProxy: string): boolean {
  return noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*' || entry === hostname || entry === `${hostname}:${port || 443}`) return true;
      const suffix = entry.replace(/^\*/, '');
      return suffix.startsWith('.') && (hostname.endsWith(suffix) || hostname === suffix.slice(1));
    });
}
