import { Agent } from 'node:http';
import { globalAgent, Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import got, { type ExtendOptions, type Got, type HttpsOptions, RequestError } from 'got';
import type { Auth, Logger } from '../ports.ts';
import { proxyFor } from './proxy.ts';

export interface HttpSettings {
  url: string;
  /** `HOST:PORT` to connect to, while name, SNI and certificate stay those of the url. */
  connect?: string | undefined;
  /** PEM certificates of the authorities to trust instead of the system's. */
  ca?: string | undefined;
  auth?: Auth | undefined;
  /** For one whole post. */
  timeoutMs: number;
  logger?: Logger | undefined;
}

export interface Http {
  /** Where requests go; differs from the settings' where `connect` is given. */
  url: string;
  http: Got;
  RequestError: typeof RequestError;
  /** Through which requests go, if any. */
  proxy: string | undefined;
}

const CONNECT_TIMEOUT_MS = 10_000;
const TLS_FROM = 'TLSv1.2';

/** One got for all requests to one shop: keep-alive; no retry, redirect or decompression of its own. */
export function openHttp({ url: named, connect, ca, auth, timeoutMs }: HttpSettings): Http {
  const { url, headers, identity } = route(named, connect);
  const phaseTimeoutMs = Math.min(CONNECT_TIMEOUT_MS, timeoutMs);
  const http = got.extend(
    {
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      decompress: false,
      responseType: 'buffer',
      headers: {
        'user-agent': 'amis-shop-client',
        accept: 'application/json',
        ...headers,
        ...(auth?.apiKey && { 'x-api-key': auth.apiKey.reveal() }),
      },
      timeout: {
        lookup: phaseTimeoutMs,
        connect: phaseTimeoutMs,
        secureConnect: phaseTimeoutMs,
        request: timeoutMs,
      },
      https: {
        rejectUnauthorized: true,
        minVersion: TLS_FROM,
        ...(ca && { certificateAuthority: ca }),
        ...identity,
      },
    },
    ...ownAgent(url, ca, auth?.certificate),
  );
  return { url, http, RequestError, proxy: proxyFor(url) };
}

/**
 * Plain HTTP goes to this machine and never to a proxy, which Node's own agent may be told to use. A private key stays with
 * an agent of its own: the one that all share would write it into the names of its connections.
 */
function ownAgent(url: string, ca: string | undefined, certificate: Auth['certificate']): ExtendOptions[] {
  if (url.startsWith('http:')) return [{ agent: { http: new Agent({ keepAlive: true }) } }];
  if (certificate === undefined) return [];
  const secureContext = createSecureContext({
    cert: certificate.pem,
    key: certificate.key.export({ format: 'pem', type: 'pkcs8' }),
    minVersion: TLS_FROM,
    ...(ca && { ca }),
  });
  return [{ agent: { https: new HttpsAgent({ ...globalAgent.options, secureContext }) } }];
}

interface Route {
  url: string;
  headers?: { host: string };
  identity?: HttpsOptions;
}

function route(url: string, connect: string | undefined): Route {
  if (connect === undefined) return { url };
  const { host, hostname, protocol } = new URL(url);
  const direct = new URL(url);
  direct.host = connect;
  return {
    url: direct.href,
    headers: { host },
    ...(protocol === 'https:' && { identity: identityOf(hostname) }),
  };
}

/** Whom the certificate must name. An address is never a name for SNI (RFC 6066, 3). */
function identityOf(hostname: string): HttpsOptions {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) === 0
    ? { serverName: hostname }
    : { checkServerIdentity: (_, certificate) => checkServerIdentity(address, certificate) };
}
