import type { Failure, Refusal } from './post-result.ts';

/** The gateway ended the handshake over the till's certificate, or over there being none: it has read no request. */
export function certificateRefused(
  host: string,
  detail: string,
  presented: Failure['presented'] = [],
): Refusal {
  return presented.includes('client_certificate')
    ? {
        status: 'held',
        code: 'unauthorized',
        message: `${host} did not accept this till's client certificate (${detail}); nothing was sent.`,
        hint: 'Check that it has not ended, and that its issuer is in the truststore of this name.',
      }
    : {
        status: 'held',
        code: 'unauthorized',
        message: `${host} wants a client certificate (${detail}); nothing was sent.`,
        hint: "Give this till's certificate and key with auth.cert and auth.key (--cert FILE --key FILE).",
      };
}

/** API Gateway ends the connection of a client that shows no certificate without a word; then nothing was read. */
export function orUnidentified(url: string, detail: string, presented: Failure['presented'] = []): string {
  if (detail !== 'ECONNRESET' || presented.includes('client_certificate')) return '';
  if (url.startsWith('http:')) {
    return ' Where it happens each time, the port may speak TLS: then the URL begins with https://.';
  }
  return ' Where it happens each time, the shop may demand a client certificate (auth.cert, --cert FILE).';
}

/** Nothing was sent, for it could not be signed. @param name of the error that the AWS SDK threw */
export function judgeUnsigned(name: string): Refusal {
  if (name === 'RegionError') {
    return {
      status: 'held',
      code: 'region_missing',
      message: 'No AWS region is set to sign for; nothing was sent.',
      hint: "Set AWS_REGION, or region in auth.sigV4, to the region of the shop's gateway, such as eu-west-1.",
    };
  }
  if (MISSING.has(name) || UNUSABLE_CREDENTIALS.test(name)) {
    return {
      status: 'held',
      code: 'credentials_missing',
      message: `No AWS credentials were found to sign with (${name}); nothing was sent.`,
      hint: 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or credentials in auth.sigV4.',
    };
  }
  if (REFUSED.test(name)) {
    return {
      status: 'held',
      code: 'credentials_refused',
      message: `AWS did not give this till credentials to sign with (${name}); nothing was sent.`,
      hint: 'Renew what they are asked for with (for single sign-on: aws sso login), and check the role.',
    };
  }
  return {
    status: 'retry',
    code: 'not_reached',
    message: `AWS could not be asked for credentials to sign with (${name}); nothing was sent.`,
    hint: 'Check the network; the same message is signed and sent later.',
  };
}

const MISSING = new Set(['CredentialsProviderError', 'TokenProviderError']);

/** What is wrong on this machine, and stays so: a file that is named and missing, a profile that names itself. */
export const UNUSABLE_CREDENTIALS =
  /^(TypeError|SyntaxError|RangeError|E(NOENT|ACCES|ISDIR|NOTDIR|PERM|LOOP))$/;

/** What STS and single sign-on answer. Source: AWS STS API Reference, AssumeRoleWithWebIdentity, "Errors". */
const REFUSED =
  /^(AccessDenied|ExpiredToken|IDPRejectedClaim|InvalidClientTokenId|InvalidIdentityToken|InvalidSignature|Unauthorized|UnrecognizedClient)/;
