import type { AuthPlan } from './auth-settings.ts';
import { CheckInputError } from './check-error.ts';
import { type Env, environmentProxy } from './proxy.ts';
import type { ProxyPlan } from './proxy-settings.ts';
import type { Target } from './target.ts';

const HINT =
  'Write http://HOST:PORT or https://HOST:PORT; env takes HTTPS_PROXY and NO_PROXY; none goes directly.';

/**
 * The proxy of this target; null where the way is direct.
 * @param wanted an URL, `env` or `none`
 * @param place where the proxy is asked to connect to
 * @throws {CheckInputError} that shows nothing of user name and password
 */
export function proxyPlanOf(
  wanted: string | undefined,
  credentials: AuthPlan['proxy'],
  place: Pick<Target, 'host' | 'port'>,
  env: Env,
): ProxyPlan | null {
  if (wanted === undefined && credentials !== null)
    throw new CheckInputError(
      (spell) => `A user name and a password are given for a proxy, and ${spell('proxy')} is not.`,
      'Name the proxy as well.',
    );
  if (wanted === undefined || wanted === 'none') return null;
  if (wanted !== 'env') return planned(givenUrl(wanted), credentials);
  const named = environmentProxy(place, env);
  if (named === undefined) return null;
  const url = proxyUrl(named);
  if (url) return planned(url, credentials ?? credentialsIn(url));
  throw new CheckInputError(
    'The variable HTTPS_PROXY is not the URL of an HTTP proxy, so tills do not take it either.',
    'Set it to http://HOST:PORT or https://HOST:PORT.',
  );
}

/** The text is not shown: it may hold a password all the same. */
function givenUrl(text: string): URL {
  const url = proxyUrl(text);
  if (url && (url.username !== '' || url.password !== ''))
    throw new CheckInputError(
      (spell) =>
        `The value of ${spell('proxy')} holds a user name or a password, which others could read there.`,
      'Write USER:PASSWORD into a file of its own (--proxy-auth-file, proxy_auth_file), or let HTTPS_PROXY name the proxy (env).',
    );
  const isBare = url && /^\/?$/.test(url.pathname) && url.search === '' && url.hash === '';
  if (isBare) return url;
  throw new CheckInputError(
    (spell) => `The value of ${spell('proxy')} is not the URL of an HTTP proxy.`,
    HINT,
  );
}

/** Node takes no other kind. */
function proxyUrl(text: string): URL | undefined {
  const url = /^https?:\/\/[^\s\\]+$/.test(text) ? URL.parse(text) : null;
  return url && url.port !== '0' ? url : undefined;
}

function planned(url: URL, authorization: ProxyPlan['authorization']): ProxyPlan {
  const isTls = url.protocol === 'https:';
  const value = authorization && `Basic ${Buffer.from(authorization()).toString('base64')}`;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (isTls ? 443 : 80)),
    isTls,
    label: `${url.protocol}//${url.host}`,
    authorization: value === null ? null : () => value,
  };
}

function credentialsIn({ username, password }: URL): (() => string) | null {
  if (username === '' && password === '') return null;
  try {
    const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return () => text;
  } catch {
    throw new CheckInputError(
      'The user name or the password in HTTPS_PROXY is not percent-encoded as URLs demand.',
      'Write a percent sign in it as %25.',
    );
  }
}
