import type { KeyObject } from 'node:crypto';

/** What a till shows in the TLS handshake. Times in milliseconds since 1970. */
export interface ClientCertificate {
  /** The certificate, and what follows it up to the authority, PEM. */
  pem: string;
  key: KeyObject;
  /** One line, such as `CN=till-07`. */
  subject: string;
  notBefore: number;
  notAfter: number;
}

const DAY_MS = 24 * 60 * 60_000;
const SOON_DAYS = 14;

/**
 * What is wrong with the certificate's time, or soon will be. It is a warning and no refusal: a till records with an ended
 * certificate too, and whether it delivers is for the shop to say.
 */
export function certificateWarning(
  { notBefore, notAfter }: Pick<ClientCertificate, 'notBefore' | 'notAfter'>,
  now: number,
): string | undefined {
  if (now >= notAfter) return `the client certificate ended on ${day(notAfter)}`;
  if (now < notBefore) return `the client certificate does not begin before ${day(notBefore)}`;
  if (notAfter - now <= SOON_DAYS * DAY_MS) return `the client certificate ends on ${day(notAfter)}`;
  return;
}

const day = (time: number): string => new Date(time).toISOString();
