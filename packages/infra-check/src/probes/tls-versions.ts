import tls from 'node:tls';
import type { TlsVersion } from '../core/expectations.ts';
import type { TlsVersionObservation } from '../core/observations.ts';
import { dial } from './dial.ts';
import type { Peer } from './handshake.ts';
import { type Limits, saying } from './limits.ts';
import type { Trust } from './trust.ts';

/** Tries one version of TLS and no other. Never rejects. */
export function tryTlsVersion(
  peer: Peer,
  version: TlsVersion,
  { identity }: Trust,
  limits: Limits,
): Promise<TlsVersionObservation> {
  return new Promise((resolve) => {
    const raw = dial(peer);
    const socket = tls.connect({
      socket: raw,
      ...(peer.serverName !== null && { servername: peer.serverName }),
      minVersion: version,
      maxVersion: version,
      // OpenSSL takes the old versions' hashes and suites at this level only. Nothing is ever sent over it.
      ciphers: 'DEFAULT:@SECLEVEL=0',
      rejectUnauthorized: false,
      ...(identity && { cert: identity.cert, key: identity.key() }),
    });
    const settle = (outcome: TlsVersionObservation['outcome'], detail: string | null) => {
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', abort);
      resolve({ address: peer.address, version, outcome, detail });
      socket.destroy();
      raw.destroy();
    };
    const abort = () => settle('not_tried', 'the time of the whole run was up');
    const timer = setTimeout(() => settle('not_tried', 'no answer in time'), limits.connectMs);
    limits.signal.addEventListener('abort', abort);
    if (limits.signal.aborted) return abort();
    socket.once('secureConnect', () => settle('accepted', null));
    let isOpen = false;
    const fail = (error: Error) =>
      settle(isOpen && isRefusal(saying(error)) ? 'refused' : 'not_tried', saying(error));
    raw.once('connect', () => {
      isOpen = true;
    });
    raw.on('error', fail);
    socket.on('error', fail);
    socket.once('close', () => settle('refused', 'the connection was closed'));
  });
}

/** The server said no by an alert, or by ending the connection; what fails on this side proves nothing. */
const isRefusal = (said: string): boolean => /ALERT|UNSUPPORTED_PROTOCOL|ECONNRESET|EPIPE/.test(said);
