import type { Proof } from './auth-settings.ts';
import type { AwsCall } from './aws-call.ts';
import type { ControlPlaneObservation } from './control-plane.ts';
import type { DnsObservation } from './dns-observations.ts';

/** What the probes saw, judged by nobody; plain data that goes into the report as it is. */
export interface Observations {
  dns?: DnsObservation;
  /** One for each address, in the order of the answer. */
  connections?: ConnectionObservation[];
  /** Which versions of TLS were tried apart, with --min-tls. */
  tls_versions?: TlsVersionObservation[];
  /** What each address presents to a client that takes another type of key alone, with --key-types. */
  key_types?: KeyTypeObservation[];
  /** One for each address whose connection a till would trust, in the order of the connections. */
  gateways?: GatewayObservation[];
  /** With --aws. */
  control_plane?: ControlPlaneObservation;
  /** True where the time of the whole run was up before everything was seen. */
  timed_out?: boolean;
}

type Seen = Omit<Observations, 'timed_out'>;

/** What the probes are still at: each comes as soon as it has been seen, undefined where there was nothing to look at. */
export type Sight = { readonly [Name in keyof Seen]-?: Promise<Seen[Name] | undefined> };

/** Waits for all of it; what was not looked at, or failed by a defect of ours, is left out. */
export async function allSeen(sight: Sight): Promise<Seen> {
  const all = Object.entries(sight).map(async ([name, coming]) => [
    name,
    await coming.catch(() => undefined),
  ]);
  return Object.fromEntries((await Promise.all(all)).filter(([, one]) => one !== undefined));
}

/** A certificate as read from its DER (RFC 5280). */
export interface CertificateFacts {
  /** RFC 4514-like, one line. */
  subject: string;
  issuer: string;
  /** Hexadecimal, as X509Certificate writes it. */
  serial: string;
  /** ISO 8601, UTC. */
  not_before: string;
  not_after: string;
  /** dNSName entries of the subjectAltName, as they stand there. */
  dns_names: string[];
  ip_addresses: string[];
  key: { type: string; bits: number | null; curve: string | null };
  /** Dotted object identifier. */
  signature_algorithm: string;
  /** Dotted object identifiers; null where the extension is missing. */
  extended_key_usage: string[] | null;
  /** RFC 7633: the certificate demands a stapled OCSP answer. */
  must_staple: boolean;
  is_ca: boolean;
  /** SHA-256 of the DER, hexadecimal. */
  fingerprint: string;
  pem: string;
}

/**
 * How far a connection came. `no_family`: this machine has no address of that family (no IPv6, say), which proves nothing
 * about the other end; `no_route`: it has, and no route there. `not_tried`: this machine lacked a resource, such as open files.
 * `client_certificate_wanted`: broken off for the lack of one. `proxy_unreachable`: there was no connection to the proxy;
 * `proxy_refused`: it answered CONNECT otherwise than by 200, `proxy_error`: by a status from 500 on; `proxy_failed`: it was
 * silent, hung up or did not speak HTTP. `cut_off`: the time of the whole run was up.
 */
export type ConnectionOutcome =
  | 'established'
  | 'refused'
  | 'timeout'
  | 'no_family'
  | 'not_tried'
  | 'no_route'
  | 'unreachable'
  | 'reset'
  | 'tls_timeout'
  | 'not_tls'
  | 'tls_alert'
  | 'tls_failed'
  | 'client_certificate_wanted'
  | 'proxy_unreachable'
  | 'proxy_refused'
  | 'proxy_error'
  | 'proxy_failed'
  | 'cut_off';

export interface ConnectionObservation {
  /** Through a proxy the name that it was asked for. */
  address: string;
  port: number;
  /** The name that was asked for by SNI; null for an address. */
  server_name: string | null;
  outcome: ConnectionOutcome;
  /** 2 where the first try came to nothing or was late; what is told is that of the one that was open first, else of the first. */
  tries: number;
  /** What the system or OpenSSL said of a failure, or of a chain that it does not accept. */
  detail: string | null;
  connect_ms: number | null;
  tls_ms: number | null;
  /** Such as TLSv1.3. */
  protocol: string | null;
  cipher: string | null;
  /** As served and in that order; empty where nothing could be read. */
  served_chain: CertificateFacts[];
  /** Whether the order is really the server's: it is read from the handshake, which needs its keys. */
  served_order_known: boolean;
  /** OpenSSL's own judgement against the same roots: null for "verified", else its code, such as CERT_HAS_EXPIRED. */
  openssl_error: string | null;
  /** What Node's own comparison of name and certificate says, such as ERR_TLS_CERT_ALTNAME_INVALID: null for "the same". `UNREAD`: no certificate was read. */
  name_error: string | null;
  /** The server asked for a client certificate; null where the handshake could not be read. */
  client_certificate_requested: boolean | null;
  /** The stapled OCSP answer, DER in base64. */
  ocsp_response: string | null;
  /**
   * How far the server's clock is before that of this machine, by the Date of its answer to HEAD, which is asked only where
   * the certificate is refused for its dates and nothing else; absent otherwise.
   */
  clock_offset_ms?: number;
  /** The proxy on the way, without user name and password; absent where the way is direct. */
  proxy?: string;
}

/** The types of keys that a server may have certificates for side by side. */
export type KeyType = 'rsa' | 'ecdsa';

/** A connection by a client that takes one type of key and no other. */
export interface KeyTypeObservation extends ConnectionObservation {
  key_type: KeyType;
}

export interface TlsVersionObservation {
  address: string;
  version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  outcome: 'accepted' | 'refused' | 'not_tried';
  detail: string | null;
}

export interface HttpAnswer {
  method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST';
  path: string;
  /**
   * `endless`: headers or body went beyond the bound; `unfinished`: an answer began, and stopped or broke off. What came
   * first is kept of both.
   */
  outcome:
    | 'answer'
    | 'timeout'
    | 'reset'
    | 'not_http'
    | 'endless'
    | 'unfinished'
    | 'cut_off'
    | 'client_certificate_wanted';
  status: number | null;
  /** In lower case; of those that matter only, and cut. */
  headers: Record<string, string>;
  /** The first 2 KiB as text. */
  body: string;
  first_byte_ms: number | null;
  total_ms: number | null;
  detail: string | null;
}

/** Milliseconds of each step of the road; null where it did not take place. */
export interface Phases {
  dns: number | null;
  connect: number | null;
  tls: number | null;
  first_byte: number | null;
  total: number | null;
}

export interface GatewayObservation {
  /** Whose connection carried the requests. */
  address: string;
  /** What was shown to it; a client certificate only where it asked for one. */
  presented: Proof[];
  /** Whether it asked for a client certificate; null where the handshake could not be read. */
  client_certificate_requested: boolean | null;
  /** The look-up of what the POST is signed with; null where nothing was to be signed. */
  signing: AwsCall | null;
  get: HttpAnswer | null;
  /** GET of a path that no API has, asked where the first answer was Forbidden. */
  elsewhere: HttpAnswer | null;
  options: HttpAnswer | null;
  post: HttpAnswer | null;
  /** The last of these asked again, where it was throttled or met a fault: of which a till would meet the same each time. */
  repeats: HttpAnswer[];
  phases: Phases;
}
