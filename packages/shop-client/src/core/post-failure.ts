import type { Failure } from './outcome.ts';
import { faultDetail, faultName, isOfTheProgram } from './program-fault.ts';

/** What a broken request left behind: the system's or OpenSSL's code, and how far it had come. */
export interface BrokenRequest {
  code: string;
  /** Whether the secured connection stood, so that the message may have gone out on it; unknown counts as yes. */
  mayHaveBeenSent: boolean;
  cause: unknown;
  /** Through which it went, if any. */
  proxy?: string | undefined;
}

const UNRESOLVED = /^(ENOTFOUND|EAI_|ENODATA)/;
const TLS_FAILED = /^(EPROTO|ERR_SSL_)/;

/**
 * The alerts by which a server ends the handshake over the client's certificate, or over there being none: it has read
 * no request. Source: RFC 8446, 6.2; the names are OpenSSL's.
 */
const CERTIFICATE_REFUSED =
  /_ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REVOKED|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA|ACCESS_DENIED)$/;

/** What OpenSSL's certificate verification (X509_V_ERR_*) and Node's check of the name say. */
export const UNTRUSTED =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|ERR_TLS_CERT_|EE_KEY_|CA_KEY_|CA_MD_|CRL_|ERROR_IN_|UNSPECIFIED)/;

/** What got calls an error that has no code of its own. */
const OF_GOT = 'ERR_GOT_REQUEST_ERROR';

/** Node's permission model lets no connection be made (--allow-net). */
const DENIED = 'ERR_ACCESS_DENIED';

/** Only what provably never arrived is told as such: once the connection stood, everything is `lost`. */
export function classifyFailure({ code, mayHaveBeenSent, cause, proxy }: BrokenRequest): Failure {
  const name = code === OF_GOT ? faultName(cause) : code;
  if (name === DENIED || (!mayHaveBeenSent && isOfTheProgram(name))) return clientFailed(cause);
  const reason = isFromResolver(cause) ? 'unresolved' : reasonFor(code, mayHaveBeenSent);
  const isOfProxy = proxy !== undefined && BEFORE_A_TUNNEL.has(reason);
  return { kind: 'failure', reason, detail: code, cause, ...(isOfProxy && { proxy }) };
}

/** Behind a proxy a connection is secured only when the proxy has opened the way: what fails before is the proxy's. */
const BEFORE_A_TUNNEL: ReadonlySet<Failure['reason']> = new Set(['unresolved', 'unreachable']);

/** The program failed before anything could be sent, and goes on failing until somebody mends it. */
export function clientFailed(cause: unknown): Failure {
  return { kind: 'failure', reason: 'client_failed', detail: faultDetail(cause), cause };
}

/** Of a name that can be none, such as one with a label of 64 letters, the system says no more than EINVAL. */
const isFromResolver = (cause: unknown): boolean =>
  (cause as NodeJS.ErrnoException | undefined)?.syscall === 'getaddrinfo';

function reasonFor(code: string, mayHaveBeenSent: boolean): Failure['reason'] {
  if (UNTRUSTED.test(code)) return 'untrusted';
  if (CERTIFICATE_REFUSED.test(code)) return 'certificate_refused';
  if (mayHaveBeenSent) return 'lost';
  if (UNRESOLVED.test(code)) return 'unresolved';
  if (TLS_FAILED.test(code)) return 'tls_failed';
  return 'unreachable';
}
