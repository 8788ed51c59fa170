import { Agent } from 'node:http';
import got, { type ExtendOptions, type Got, RequestError } from 'got';

export interface HttpSettings {
  url: string;
  /** `HOST:PORT` to connect to, while name, SNI and certificate stay those of the url. */
  connect?: string | undefined;
  /** PEM certificates of the authorities to trust instead of the system's. */
  ca?: string | undefined;
  /** For one whole post. */
  timeoutMs: number;
}

export interface Http {
  /** Where requests go; differs from the settings' where `connect` is given. */
  url: string;
  http: Got;
  RequestError: typeof RequestError;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** One got for all requests to one shop: keep-alive; no retry, redirect or decompression of its own. */
export function openHttp({ url: named, connect, ca, timeoutMs }: HttpSettings): Http {
  const { url, headers, serverName } = route(named, connect);
  const phaseTimeoutMs = Math.min(CONNECT_TIMEOUT_MS, timeoutMs);
  const http = got.extend(
    {
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      decompress: false,
      headers: { 'user-agent': 'amis-shop-client', accept: 'application/json', ...headers },
      timeout: {
        lookup: phaseTimeoutMs,
        connect: phaseTimeoutMs,
        secureConnect: phaseTimeoutMs,
        request: timeoutMs,
      },
      https: {
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        ...(ca && { certificateAuthority: ca }),
        ...(serverName && { serverName }),
      },
    },
    ...ownAgent(url),
  );
  return { url, http, RequestError };
}

/** Plain HTTP goes to this machine and never to a proxy, which Node's own agent may be told to use. */
function ownAgent(url: string): ExtendOptions[] {
  return url.startsWith('http:') ? [{ agent: { http: new Agent({ keepAlive: true }) } }] : [];
}

interface Route {
  url: string;
  headers?: { host: string };
  serverName?: string;
}

function route(url: string, connect: string | undefined): Route {
  if (connect === undefined) return { url };
  const { host, hostname, protocol } = new URL(url);
  const direct = new URL(url);
  direct.host = connect;
  return { url: direct.href, headers: { host }, ...(protocol === 'https:' && { serverName: hostname }) };
}
