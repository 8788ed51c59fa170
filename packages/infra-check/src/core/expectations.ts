import type { AuthPlan, AuthSettings, Proof } from './auth-settings.ts';
import type { CheckName } from './checks.ts';
import type { ProxyPlan } from './proxy-settings.ts';
import type { Stage } from './status.ts';

/** What the road should be like. Every field may be left out; unknown ones are refused. */
export interface Expectations {
  /** The resource that must answer; by default the URL's path, else /shop. */
  path?: string | undefined;
  /** The gateway's regional domain name, whose addresses the name must have; during a migration several. */
  aliasTarget?: string | readonly string[] | undefined;
  /** The addresses that the name must have. */
  expectIp?: readonly string[] | undefined;
  /** `HOST[:PORT]`, an address with a port, or `system`: which resolvers are asked and compared; by default `system`. */
  resolvers?: readonly string[] | undefined;
  /** Ask the zone's own name servers too. */
  authoritative?: boolean | undefined;
  /** The port of every name server met by delegation, 53 by default: for worlds on high ports. */
  dnsPort?: number | undefined;
  /** `NAME=TARGET`: the CNAME by which ACM validates. */
  validation?: string | undefined;
  /** Private and loopback addresses are meant. */
  allowPrivate?: boolean | undefined;
  /** PEM: the authorities to trust in the place of Node's own. */
  ca?: string | undefined;
  /** A part of the issuer's name that must be there. */
  expectIssuer?: string | undefined;
  /** `30` (days), `20%` (of the lifetime), or `20%,40d` for whichever is less. Defaults to `20%,40d`. */
  warn?: string | undefined;
  /** As `warn`. Defaults to `10%,20d`. */
  critical?: string | undefined;
  /** `1.2` or `1.3`; older versions must be refused. */
  minTls?: string | undefined;
  /** Ask for an RSA and for an ECDSA certificate, of which a till gets one. */
  keyTypes?: boolean | undefined;
  /** `HOST[:PORT]`: connect there; the name stays for SNI and the certificate. */
  connect?: string | undefined;
  /**
   * `http://HOST:PORT` or `https://HOST:PORT`: go through this proxy by CONNECT; `env`: through that of HTTPS_PROXY, but for
   * NO_PROXY, as tills with NODE_USE_ENV_PROXY=1 do; `none`: directly, as without it. User name and password: `auth.proxy`.
   */
  proxy?: string | undefined;
  /** `4` or `6`: connect to the addresses of that family alone; `any` by default. */
  ipVersion?: string | undefined;
  /** Ask with OPTIONS too. */
  options?: boolean | undefined;
  /** POST a body that no receiver books. */
  postProbe?: boolean | undefined;
  /** Milliseconds for the whole way. */
  maxLatencyMs?: number | undefined;
  /** What is presented to the gateway, as tills do: a client certificate, a signature, an API key. */
  auth?: AuthSettings | undefined;
  /** `client-certificate`, `sigv4`, `api-key`: what the gateway must demand, whether or not it is presented. */
  expectAuth?: readonly string[] | undefined;
  /** Look at the settings behind the name, with the AWS credentials and the region of AWS's own chain. */
  aws?: boolean | undefined;
  /** With aws: the API and the stage to which the path must lead. */
  api?: string | undefined;
  stage?: string | undefined;
  /** With aws: the shops whose keys must be there, by id. */
  shops?: readonly string[] | undefined;
  /** What stands before the shop's id in the alias of its key; `alias/KeyL-` by default. */
  keyPrefix?: string | undefined;
  /** Stages or checks by name. */
  only?: readonly string[] | undefined;
  skip?: readonly string[] | undefined;
  /** Milliseconds for the whole run, 10,000 by default. */
  timeoutMs?: number | undefined;
}

export interface Endpoint {
  /** A name or an address. */
  host: string;
  /** Null where none was given. */
  port: number | null;
}

/** How much must be left of a certificate: a share of its whole lifetime, days, or whichever of both is less. One is there. */
export interface Threshold {
  percent: number | null;
  days: number | null;
}

/** The same, checked and complete. */
export interface Plan {
  path: string;
  /** Each once; none where nothing is expected. */
  aliasTargets: readonly string[];
  expectIp: readonly string[];
  resolvers: readonly ('system' | { host: string; port: number })[];
  authoritative: boolean;
  dnsPort: number;
  validation: { name: string; target: string } | null;
  allowPrivate: boolean;
  ca: string | null;
  expectIssuer: string | null;
  warn: Threshold;
  critical: Threshold;
  minTls: TlsVersion | null;
  keyTypes: boolean;
  connect: Endpoint | null;
  /** Null for the direct way. */
  proxy: ProxyPlan | null;
  /** Null for both. */
  ipVersion: 4 | 6 | null;
  options: boolean;
  postProbe: boolean;
  maxLatencyMs: number | null;
  auth: AuthPlan;
  expectAuth: ReadonlySet<Proof>;
  /** Null where nobody asked for it. */
  aws: AwsPlan | null;
  checks: ReadonlySet<CheckName>;
  stages: ReadonlySet<Stage>;
  timeoutMs: number;
}

export interface AwsPlan {
  api: string | null;
  stage: string | null;
  shops: readonly string[];
  /** With the word alias/ at its beginning. */
  keyPrefix: string;
}

export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];
