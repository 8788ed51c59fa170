/** What the shop can demand of its tills, and what it answers to others. */
export const DEMANDS = {
  'client-certificate': {
    demanded: 'mutual TLS: a certificate of the authority for tills',
    refused: 'the connection ends without one; 403 `ForbiddenException` with another',
  },
  sigv4: {
    demanded: 'requests signed with AWS credentials (IAM authorisation)',
    refused:
      '403 `MissingAuthenticationTokenException`, `UnrecognizedClientException` or `InvalidSignatureException`',
  },
  'api-key': { demanded: 'the header `x-api-key`', refused: '403 `ForbiddenException`' },
  signature: {
    demanded: 'sales signed with a device key that is registered',
    refused: '200, and the sale is not booked: poison',
  },
} as const satisfies Record<string, { demanded: string; refused: string }>;

export type Demand = keyof typeof DEMANDS;

const NAMES = Object.keys(DEMANDS);

/** @throws RangeError with one sentence for a name that is unknown */
export function checkDemands(demands: readonly string[]): void {
  if (!Array.isArray(demands)) throw new RangeError('The demands must be a list.');
  const unknown = demands.find((name) => !NAMES.includes(name));
  if (unknown === undefined) return;
  throw new RangeError(`Unknown demand "${unknown}"; known are ${NAMES.join(', ')}.`);
}
