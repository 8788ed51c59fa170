import type { Plan } from './expectations.ts';
import type { ConnectionObservation, ConnectionOutcome } from './observations.ts';

/** In TLS 1.2 whoever lacks the certificate meets a bare alert; that one was asked for tells what it means. */
export const outcomeOf = ({
  outcome,
  client_certificate_requested: isAsked,
}: ConnectionObservation): ConnectionOutcome =>
  isAsked && (outcome === 'tls_alert' || outcome === 'reset') ? 'client_certificate_wanted' : outcome;

/** Ended for want of the client certificate that the gateway is expected to demand, and none is presented. */
export const isEndedAsExpected = (connection: ConnectionObservation, { auth, expectAuth }: Plan): boolean =>
  outcomeOf(connection) === 'client_certificate_wanted' &&
  !auth.certificate &&
  expectAuth.has('client-certificate');

export const mutualText = ({ auth: { certificate } }: Plan): string =>
  certificate
    ? `refuses the client certificate that was presented (${certificate.subject})`
    : 'demands a client certificate (mutual TLS), and none was presented';

/** What to do where the client certificate is what the gateway ends the connection for. */
export const mutualFix = ({ auth: { certificate } }: Plan): string =>
  certificate
    ? 'Look whether its issuer is in the truststore of the custom domain name, and until when it is valid.'
    : 'Present one as tills do (--cert FILE --key FILE), or say that it is expected (--expect-auth client-certificate).';
