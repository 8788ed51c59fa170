import type { KeyErrorCode } from '../errors.ts';
import { hintOfFault } from './program-fault.ts';

/** What is worth knowing of an error that the AWS SDK threw. */
export interface KmsFailure {
  /** The error's name, such as `NotFoundException`, or the system's code, such as `ECONNREFUSED`. */
  name: string;
  /** The status with which AWS, or something in its place, answered; none where nothing did. */
  statusCode?: number | undefined;
  /** Local clock less the clock of AWS, from the answer's `Date`. */
  clockOffsetMs?: number | undefined;
  /** What was done when it failed: the SDK was loaded, the credentials were asked for, or KMS itself. */
  stage?: 'loading' | 'credentials' | 'KMS' | undefined;
  /** The first line of its message, where it holds no credential. */
  detail?: string | undefined;
  /** What of AWS's settings is to blame, fit to be printed. */
  setting?: string | undefined;
  /** The proxy on the way, without its password. */
  proxy?: string | undefined;
  cause: unknown;
}

export interface Explanation {
  code: KeyErrorCode;
  message: string;
  hint: string;
  retryable?: boolean;
}

export type Explain = (failure: KmsFailure & { keyAlias: string }) => Explanation;

/** What a till needs is no account at AWS. */
const NOT_NEEDED =
  'A till that is given that key as a file (publicKey, --public-key; shop-send key export makes it) needs nothing of AWS.';

export const notFound: Explain = ({ keyAlias, name }) => ({
  code: 'key_not_found',
  message: `KMS knows no key by the alias ${keyAlias} (${name}).`,
  hint: 'Check the shop id, the alias prefix, the AWS region and the AWS account.',
});

export const disabled: Explain = ({ keyAlias, name }) => ({
  code: 'key_disabled',
  message: `The key behind ${keyAlias} is disabled or pending deletion (${name}).`,
  hint: 'Have the key enabled in KMS, or the alias pointed at the key in use.',
});

export const wrongUsage: Explain = ({ keyAlias, name }) => ({
  code: 'key_wrong_usage',
  message: `The key behind ${keyAlias} is not an RSA key for encryption (${name}).`,
  hint: 'Create it with usage ENCRYPT_DECRYPT and spec RSA_2048, RSA_3072 or RSA_4096.',
});

export const denied: Explain = ({ keyAlias, name }) => ({
  code: 'key_access_denied',
  message: `These AWS credentials may not use the key behind ${keyAlias} (${name}).`,
  hint: 'Have kms:GetPublicKey allowed on it (and kms:Encrypt where KMS seals).',
});

export const rejected: Explain = ({ name }) => ({
  code: 'credentials_rejected',
  message: `AWS did not accept the credentials (${name}).`,
  hint: 'Renew them (for single sign-on: aws sso login), and check AWS_PROFILE and the AWS_ variables.',
});

export const missing: Explain = ({ setting: profile }) => ({
  code: 'credentials_missing',
  ...(profile === undefined
    ? {
        message: 'No AWS credentials were found.',
        hint: `Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, once, to fetch the public key. ${NOT_NEEDED}`,
      }
    : {
        message: `The AWS profile ${profile} gives no credentials.`,
        hint: 'Correct or unset AWS_PROFILE, or set the profile up with aws configure (single sign-on: aws sso login).',
      }),
});

/** What the SDK does not even call an error of credentials: a file that is named and missing, a profile that names itself. */
export const unusable: Explain = ({ name }) => ({
  code: 'credentials_missing',
  message: `The AWS credentials could not be had (${name}).`,
  hint: 'Correct AWS_PROFILE, the AWS_ variables or the files that they name: aws sts get-caller-identity must work.',
});

/** No network and no setting is to blame, and it does not pass by itself. */
export const clientFailed: Explain = ({ name, detail = name }) => ({
  code: 'client_failed',
  message: `The AWS SDK failed inside this program, not on the network: ${detail.replace(/\.$/, '')}.`,
  hint: hintOfFault(
    { name, detail },
    'Report it with its cause; with the key given by publicKey (--public-key) the AWS SDK is not needed.',
  ),
});

export const refusedCredentials: Explain = ({ name }) => ({
  code: 'credentials_rejected',
  message: `AWS did not give this machine credentials (${name}).`,
  hint: 'Renew what they are asked for with (for single sign-on: aws sso login), and check the role.',
});

export const unreachedCredentials: Explain = ({ name }) => ({
  code: 'key_unavailable',
  message: `The AWS credentials could not be had (${name}).`,
  hint: 'Check the network and what gives them; once fetched, the key is kept for offline use.',
  retryable: true,
});

export const slowCredentials: Explain = () => ({
  code: 'key_unavailable',
  message: 'The AWS credentials did not come in time.',
  hint: 'Check what gives them (credential_process, a role), or allow more time (timeoutMs, --timeout).',
  retryable: true,
});

export const clockSkew: Explain = ({ name, clockOffsetMs = 0 }) => ({
  code: 'clock_skew',
  message: `AWS refused the request because of its time (${name})${describeOffset(clockOffsetMs)}.`,
  hint: "Correct this machine's clock.",
});

export const unavailable: Explain = ({ keyAlias, name }) => ({
  code: 'key_unavailable',
  message: `KMS could not give the key behind ${keyAlias} now (${name}).`,
  hint: 'Try again in a moment.',
  retryable: true,
});

export const failing: Explain = ({ keyAlias, statusCode }) => ({
  code: 'key_unavailable',
  message: `KMS, or what stands before it, failed to give the key behind ${keyAlias} (status ${statusCode}).`,
  hint: 'Try again in a moment; where it stays so, check AWS_ENDPOINT_URL_KMS and what stands on the way.',
  retryable: true,
});

export const refused: Explain = ({ keyAlias, name }) => ({
  code: 'kms_refused',
  message: `KMS refused to give the key behind ${keyAlias} (${name}).`,
  hint: 'Look the name up in the KMS API Reference.',
});

export const notKms: Explain = () => ({
  code: 'key_unavailable',
  message: 'What answered in the place of KMS is not KMS.',
  hint: 'Look for a captive portal or a proxy on the way, and check AWS_ENDPOINT_URL_KMS.',
  retryable: true,
});

export const notReached: Explain = ({ keyAlias, name, proxy }) => ({
  code: 'key_unavailable',
  message:
    proxy === undefined
      ? `KMS could not be reached for the key behind ${keyAlias} (${name}).`
      : `KMS could not be reached through the proxy ${proxy} for the key behind ${keyAlias} (${name}).`,
  hint:
    proxy === undefined && !name.startsWith('ERR_PROXY_')
      ? 'Check the network, AWS_REGION and AWS_ENDPOINT_URL_KMS; once fetched, the key is kept for offline use.'
      : 'Check the proxy (HTTPS_PROXY), and that it allows connections from this machine to AWS.',
  retryable: true,
});

export const tooSlow: Explain = ({ keyAlias, proxy }) => ({
  code: 'key_unavailable',
  message:
    proxy === undefined
      ? `KMS did not answer in time for the key behind ${keyAlias}.`
      : `KMS did not answer in time through the proxy ${proxy} for the key behind ${keyAlias}.`,
  hint:
    proxy === undefined
      ? 'Check the network and AWS_ENDPOINT_URL_KMS, or allow more time (timeoutMs, --timeout).'
      : 'Check the proxy (HTTPS_PROXY), or allow more time (timeoutMs, --timeout).',
  retryable: true,
});

export const untrusted: Explain = ({ name }) => ({
  code: 'key_unavailable',
  message: `The certificate that KMS shows cannot be trusted (${name}).`,
  hint: 'Look for TLS interception on the way; name a private authority in NODE_EXTRA_CA_CERTS.',
});

export const noRegion: Explain = ({ setting: region }) => ({
  code: 'region_missing',
  message: region === undefined ? 'No AWS region is set.' : `${region} is not the name of an AWS region.`,
  hint: `Set AWS_REGION to the region of the shop's key, such as eu-west-1. ${NOT_NEEDED}`,
});

export const noEndpoint: Explain = ({ setting: variable = 'The endpoint of KMS' }) => ({
  code: 'key_unavailable',
  message: `${variable} is not a URL that begins with https:// or http://.`,
  hint: 'Correct it, or unset it to reach AWS itself.',
});

function describeOffset(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  if (minutes === 0) return '';
  return `: the clock is ${minutes} minutes ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}
