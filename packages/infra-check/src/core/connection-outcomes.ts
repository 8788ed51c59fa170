import { addressFamily } from './address.ts';
import type { Plan } from './expectations.ts';
import { isEndedAsExpected, mutualText } from './mutual-tls.ts';
import type { ConnectionObservation, ConnectionOutcome } from './observations.ts';
import type { Status } from './status.ts';

/**
 * What each end of a connection means. A till passes over what fails before it is connected, for Node tries the addresses
 * one after the other (autoSelectFamily), a quarter of a second each; once connected, it goes on to no other.
 */
const OUTCOMES: Record<
  Exclude<ConnectionOutcome, 'established'>,
  { status: Status; isPassedOver: boolean; says: string }
> = {
  refused: { status: 'critical', isPassedOver: true, says: 'refuses the connection' },
  timeout: { status: 'critical', isPassedOver: true, says: 'does not take the connection' },
  no_family: { status: 'skipped', isPassedOver: true, says: 'is of a family that this machine lacks' },
  no_route: { status: 'skipped', isPassedOver: true, says: 'has no route from this machine' },
  unreachable: { status: 'critical', isPassedOver: true, says: 'cannot be reached' },
  reset: { status: 'critical', isPassedOver: false, says: 'breaks off the handshake' },
  tls_timeout: {
    status: 'critical',
    isPassedOver: false,
    says: 'takes the connection and does not finish the handshake in time',
  },
  not_tls: { status: 'critical', isPassedOver: false, says: 'does not speak TLS' },
  tls_alert: { status: 'critical', isPassedOver: false, says: 'refuses the handshake with an alert' },
  tls_failed: { status: 'critical', isPassedOver: false, says: 'fails the handshake' },
  client_certificate_wanted: {
    status: 'critical',
    isPassedOver: false,
    says: 'demands a client certificate (mutual TLS)',
  },
  proxy_unreachable: { status: 'critical', isPassedOver: false, says: 'cannot be reached' },
  proxy_refused: { status: 'critical', isPassedOver: false, says: 'refuses to open the way' },
  proxy_error: { status: 'critical', isPassedOver: false, says: 'fails to open the way' },
  proxy_failed: { status: 'critical', isPassedOver: false, says: 'does not answer as an HTTP proxy' },
  not_tried: {
    status: 'unknown',
    isPassedOver: false,
    says: 'could not be tried, for this machine lacks a resource',
  },
  cut_off: { status: 'unknown', isPassedOver: false, says: 'was not reached before the time was up' },
};

/** What OpenSSL says where the two sides have no version in common. */
const OTHER_VERSION = /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/;

export const isTooOld = ({ detail }: ConnectionObservation): boolean => OTHER_VERSION.test(detail ?? '');

/** An address with what its connection came to. */
export interface Judged {
  one: ConnectionObservation;
  outcome: ConnectionOutcome;
}

export type Failed = Judged & (typeof OUTCOMES)['refused'];

/** Those that tills do not pass over come first, so that no list is cut before them. */
export function failuresIn(judged: readonly Judged[], plan: Plan): Failed[] {
  const failed = judged.flatMap(({ one, outcome }) => {
    if (outcome === 'established' || isEndedAsExpected(one, plan)) return [];
    const says = outcome === 'client_certificate_wanted' ? mutualText(plan) : OUTCOMES[outcome].says;
    return [{ one, outcome, ...OUTCOMES[outcome], says }];
  });
  return failed.toSorted((a, b) => Number(a.isPassedOver) - Number(b.isPassedOver));
}

/** The family of which every address fails, while every one of the other works. */
export function wholeFamily(failed: readonly Failed[], counted: readonly Judged[]): 4 | 6 | undefined {
  const [family, ...more] = new Set(failed.map(({ one }) => addressFamily(one.address)));
  const own = counted.filter(({ one }) => addressFamily(one.address) === family);
  const isWhole = more.length === 0 && own.length === failed.length && own.length < counted.length;
  return isWhole && family ? family : undefined;
}

export const otherThan = (family: 4 | 6): 4 | 6 => (family === 4 ? 6 : 4);
