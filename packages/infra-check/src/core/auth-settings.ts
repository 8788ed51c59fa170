/** What a shop's gateway may demand of its tills before it lets a request pass. */
export const PROOFS = ['client-certificate', 'sigv4', 'api-key'] as const;
export type Proof = (typeof PROOFS)[number];

/** What the check presents to the gateway, named as in the `auth` of the shop-client. Nothing of it is ever reported. */
export interface AuthSettings {
  /** PEM: the certificate for mutual TLS first, and what is above it. */
  cert?: string | undefined;
  /** PEM: its private key. */
  key?: string | undefined;
  /** What the private key is encrypted with. */
  passphrase?: string | undefined;
  /** Signs the POST with the region and the credentials of AWS's own chain, or for this region and service. */
  sigV4?: boolean | { region?: string | undefined; service?: string | undefined } | undefined;
  /** For the header `x-api-key`. */
  apiKey?: string | undefined;
  /** `USER:PASSWORD`, for the proxy and nobody else. */
  proxy?: string | undefined;
}

/** The same, checked. What is secret is behind functions, which no inspection and no JSON shows. */
export interface AuthPlan {
  certificate: ClientIdentity | null;
  sigV4: { region: string | null; service: string } | null;
  apiKey: (() => string) | null;
  /** `USER:PASSWORD`. */
  proxy: (() => string) | null;
}

export interface ClientIdentity {
  /** PEM. */
  cert: string;
  /** PEM, decrypted. */
  key: () => string;
  /** One line, such as `CN=till-07`. */
  subject: string;
  /** Milliseconds since the epoch. */
  notBefore: number;
  notAfter: number;
}
