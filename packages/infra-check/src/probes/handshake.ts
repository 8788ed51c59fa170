import net from 'node:net';
import tls from 'node:tls';
import { readCertificate, x509Of } from '../core/certificate.ts';
import type { CertificateFacts, ConnectionObservation, ConnectionOutcome } from '../core/observations.ts';
import { matchingName } from '../core/server-identity.ts';
import { readServerHandshake, type ServerHandshake } from '../core/tls-handshake.ts';
import { dial, lateOutcome, type Place } from './dial.ts';
import { type Limits, saying, since } from './limits.ts';
import { hasFamilyOf } from './own-addresses.ts';
import { Tap } from './tap.ts';
import type { Trust } from './trust.ts';
import { ProxyError } from './tunnel.ts';

export interface Peer extends Place {
  /** For SNI; null for an address. */
  serverName: string | null;
  /** What its certificate must be for: the name or the address of the target. */
  host: string;
}

/** A connection that came to its end, or to an open socket; whoever takes that destroys it. */
export interface Connected {
  socket: tls.TLSSocket | undefined;
  observation: ConnectionObservation;
}

/** What a handshake leaves behind besides its socket. */
interface Traces {
  tap: Tap;
  secret: Buffer | undefined;
  ocsp: Buffer | undefined;
}

/**
 * Is told of the socket while the server's answer is awaited, and of the handshake as soon as it is done: what is sent
 * then goes with its last packet.
 */
export type Watch = (socket: tls.TLSSocket) => (connected: Connected) => void;

/**
 * Does what makes a first handshake slow: it takes longer than most answers of DNS, and fits in while they are on their
 * way.
 */
export function makeReady(trust: Trust): void {
  // Node compiles its pattern of IPv6 addresses for the first server name, which takes 2 ms.
  net.isIPv6('');
  void trust.context;
}

/**
 * Connects and finishes one handshake. Nothing is refused here, so that what is wrong can be told, and nothing is sent
 * over it before a judge allowed it. Never rejects.
 */
export function connectTls(peer: Peer, trust: Trust, limits: Limits, watch?: Watch): Promise<Connected> {
  const start = performance.now();
  const raw = dial(peer);
  const traces: Traces = { tap: new Tap(raw), secret: undefined, ocsp: undefined };
  const seen = nothingOf(peer);
  return new Promise((resolve) => {
    let connectedAt = 0;
    let settled = false;
    let established: ReturnType<Watch> | undefined;
    const settle = (outcome: ConnectionOutcome, detail: string | null, socket?: tls.TLSSocket) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', abort);
      if (connectedAt > 0) seen.tls_ms = since(connectedAt);
      const traced = readTraces(traces);
      const served_chain = traced.served_chain ?? presentedLeaf(socket);
      const name_error = nameErrorOf(peer, served_chain[0]);
      const connected = {
        socket,
        observation: { ...seen, outcome, detail, ...traced, served_chain, name_error },
      };
      if (socket) established?.(connected);
      resolve(connected);
      if (!socket) raw.destroy();
    };
    const abort = () => settle('cut_off', null);
    const timer = setTimeout(
      () => settle(connectedAt > 0 ? 'tls_timeout' : lateOutcome(raw), `not within ${limits.connectMs} ms`),
      limits.connectMs,
    );
    limits.signal.addEventListener('abort', abort);
    if (limits.signal.aborted) return abort();

    raw.once('connect', () => {
      seen.connect_ms = since(start);
      connectedAt = performance.now();
    });
    // Node says so behind 'connect', on which the hello is sent.
    raw.once('ready', () => {
      established = watch?.(socket);
    });
    const socket = tls.connect(optionsOf(peer, traces.tap, trust));
    // Node puts this together for checkServerIdentity, which takes a sixth of a handshake; ours looks at nothing.
    Object.defineProperty(socket, 'getPeerCertificate', { value: () => ({}) });
    socket.on('keylog', (line) => keepSecret(line, traces));
    socket.on('OCSPResponse', (response) => {
      if (response?.length > 0) traces.ocsp = response;
    });
    socket.once('secureConnect', () => settle('established', wordsOf(socket), describe(socket, seen)));
    socket.on('error', (error) => settle(...failureOf(error, connectedAt > 0, peer)));
    socket.once('close', () => settle('reset', 'the connection was closed'));
  });
}

/** `requestOCSP` is missing in the types of Node for clients. */
const optionsOf = (peer: Peer, tap: Tap, trust: Trust): tls.ConnectionOptions & { requestOCSP: true } => ({
  socket: tap,
  ...(peer.serverName !== null && { servername: peer.serverName }),
  secureContext: trust.context,
  // Judged afterwards, and by our own reckoning as well: a socket that is refused here tells nothing.
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
  requestOCSP: true,
  ALPNProtocols: ['http/1.1'],
});

const UNREAD = 'UNREAD';

const nothingOf = ({ address, port, serverName, proxy }: Peer): ConnectionObservation => ({
  address,
  port,
  server_name: serverName,
  outcome: 'cut_off',
  tries: 1,
  detail: null,
  connect_ms: null,
  tls_ms: null,
  protocol: null,
  cipher: null,
  served_chain: [],
  served_order_known: false,
  openssl_error: null,
  name_error: UNREAD,
  client_certificate_requested: null,
  ocsp_response: null,
  ...(proxy && { proxy: proxy.label }),
});

/** `SERVER_HANDSHAKE_TRAFFIC_SECRET <random> <secret>`; it opens nothing but the rest of this one handshake. */
function keepSecret(line: Buffer, traces: Traces): void {
  const [label, , secret] = line.toString('latin1').trim().split(' ');
  if (label === 'SERVER_HANDSHAKE_TRAFFIC_SECRET' && secret) traces.secret = Buffer.from(secret, 'hex');
}

function describe(socket: tls.TLSSocket, seen: ConnectionObservation): tls.TLSSocket {
  seen.protocol = socket.getProtocol();
  seen.cipher = socket.getCipher().standardName;
  seen.openssl_error = socket.authorized ? null : saying({ code: String(socket.authorizationError) });
  return socket;
}

/** Node also takes a common name, and a wildcard within a label: it is asked where the strict comparison fails. */
function nameErrorOf({ host }: Peer, leaf: CertificateFacts | undefined): string | null {
  if (leaf === undefined) return UNREAD;
  if (matchingName(leaf, host) !== undefined) return null;
  try {
    const error = tls.checkServerIdentity(host, x509Of(leaf).toLegacyObject() as tls.PeerCertificate);
    return error === undefined ? null : saying(error);
  } catch (error) {
    return saying(error as Error);
  }
}

/** OpenSSL's own words for why it does not accept the chain: for most reasons Node has no code. */
function wordsOf(socket: tls.TLSSocket): string | null {
  const { ssl } = socket as { ssl?: { verifyError?: () => Error | null } };
  return socket.authorized ? null : (ssl?.verifyError?.()?.message ?? null);
}

const MOST_CERTIFICATES = 32;

/** What Node tells where the handshake could not be read: its chain is sorted and completed, hence not what was served. */
function presentedLeaf(socket: tls.TLSSocket | undefined): CertificateFacts[] {
  // Not getPeerX509Certificate(), of which each call of Node 24 leaves some kilobytes behind for good.
  const { raw } = socket ? tls.TLSSocket.prototype.getPeerCertificate.call(socket) : {};
  const facts = raw && readCertificate(raw);
  return facts ? [facts] : [];
}

/** The handshake as the server sent it, even where it failed in the end. */
function readTraces({ tap, secret, ocsp }: Traces): Partial<ConnectionObservation> {
  const handshake = read(tap.firstBytes(), secret);
  const [leaf, ...others] = (handshake?.certificates ?? []).slice(0, MOST_CERTIFICATES).map(readCertificate);
  return {
    ...(leaf && {
      served_chain: [leaf, ...others.filter((one) => one !== undefined)],
      served_order_known: true,
    }),
    client_certificate_requested: handshake?.certificates ? handshake.certificateRequested : null,
    ocsp_response: ocsp?.toString('base64') ?? null,
  };
}

function read(received: Buffer, secret: Buffer | undefined): ServerHandshake | undefined {
  try {
    return readServerHandshake(received, secret);
  } catch {
    return;
  }
}

/** What the kernel says of an address to which there is no way, or none at all of its family. */
const NO_ROUTE = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);
/** What this machine lacks says nothing of the other end. */
const LACKING = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAGAIN']);
const NOT_TLS =
  /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE|BAD_RECORD_TYPE|RECORD_LENGTH_MISMATCH|UNSUPPORTED_PROTOCOL_RECORD|RECORD_LAYER_FAILURE/;

function failureOf(
  error: Error,
  isConnected: boolean,
  { address, proxy }: Peer,
): [ConnectionOutcome, string] {
  const said = saying(error);
  if (error instanceof ProxyError) return [error.outcome, said];
  if (!isConnected) {
    if (NO_ROUTE.has(said)) return [proxy || hasFamilyOf(address) ? 'no_route' : 'no_family', said];
    if (LACKING.has(said)) return ['not_tried', said];
    if (said === 'ECONNREFUSED') return ['refused', said];
    return [said === 'ETIMEDOUT' ? 'timeout' : 'unreachable', said];
  }
  if (/CERTIFICATE_REQUIRED/.test(said)) return ['client_certificate_wanted', said];
  if (/ALERT/.test(said)) return ['tls_alert', said];
  if (NOT_TLS.test(said)) return ['not_tls', said];
  return [said === 'ECONNRESET' || said === 'EPIPE' ? 'reset' : 'tls_failed', said];
}
