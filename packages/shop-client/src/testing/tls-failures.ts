import type { Transport } from '../ports.ts';

/** What TLS says of the certificate that something shows in the place of the shop. */
const CODES = {
  'certificate-expired': 'CERT_HAS_EXPIRED',
  'certificate-self-signed': 'DEPTH_ZERO_SELF_SIGNED_CERT',
  'certificate-wrong-name': 'ERR_TLS_CERT_ALTNAME_INVALID',
  'certificate-incomplete': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
} as const;

export type TlsFailure = keyof typeof CODES;

/**
 * A transport on which TLS fails, which no msw handler can make happen: the second argument of `Till.open()` and
 * `new ShopClient()` takes it as `{ transport }`. Nothing is ever sent.
 * @throws RangeError for a name that is unknown
 */
export function failingTls(failure: TlsFailure): Transport {
  if (!Object.hasOwn(CODES, failure)) {
    throw new RangeError(`Unknown TLS failure "${failure}"; known are ${Object.keys(CODES).join(', ')}.`);
  }
  const detail = CODES[failure];
  const fail = async () =>
    ({
      kind: 'failure',
      reason: 'untrusted',
      detail,
      cause: Object.assign(new Error(detail), { code: detail }),
    }) as const;
  return { post: fail, probe: fail };
}
