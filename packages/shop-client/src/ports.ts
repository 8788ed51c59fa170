import type { KMSClient, KMSClientConfig } from '@aws-sdk/client-kms';
import type { ClientCertificate } from './core/client-certificate.ts';
import type { PostResult } from './core/outcome.ts';
import type { Secret } from './core/secret.ts';
import type { ShopKey } from './core/shop-key.ts';
import type { KeyError } from './errors.ts';
import type { SealedMessage } from './sealed.ts';

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Where the shop's public key comes from. */
export interface PublicKeys {
  /**
   * The key to seal with now; from memory where it is there, so it may be called for each sale.
   * @throws {KeyError} when there is none, or none that may be used
   */
  current(options?: CallOptions): Promise<ShopKey>;
  /** Asks KMS again, whatever is cached. @throws {KeyError} */
  refresh(options?: CallOptions): Promise<ShopKey>;
  /** Why KMS says that the key is not to be used, where it does, though a copy of it is there. */
  readonly problem?: KeyError | undefined;
  /** Why the key could not be renewed when KMS was last asked, though a copy of it serves. */
  readonly unrenewed?: KeyError | undefined;
}

/** How a message reaches the shop. One call is one post: no retry, no redirect. */
export interface Transport {
  /** Never throws for what the network or the shop does; only when `signal` aborts, with its reason. */
  post(message: SealedMessage, options?: CallOptions): Promise<PostResult>;
  /** A GET of the shop's address, which books nothing: for diagnosis. */
  probe(options?: CallOptions): Promise<PostResult>;
}

/** Wall-clock time in milliseconds since 1970. */
export type Clock = () => number;

/** Takes structured events; never given a payload, a key or a credential. `console` and pino fit. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** How to reach KMS; what is not said comes from AWS's own settings (`AWS_REGION`, `AWS_PROFILE`, ...). */
export interface KmsSettings {
  region?: string | undefined;
  endpoint?: string | undefined;
  credentials?: KMSClientConfig['credentials'];
  /** A client of the caller's own, used as it is. */
  client?: KMSClient | undefined;
}

/** By what the till proves to the gateway who it is; one of them, or several together. */
export interface AuthSettings {
  /** Mutual TLS: this till's certificate, PEM, followed by those between it and the authority. Needs `key`. */
  cert?: string | undefined;
  /** The certificate's private key, PEM. */
  key?: string | undefined;
  /** What the private key is encrypted with, where it is. */
  passphrase?: string | undefined;
  /** Signature Version 4 on each request; `true`: with region and credentials from AWS's own settings. */
  sigV4?: boolean | SigV4Settings | undefined;
  /** The header `x-api-key`. */
  apiKey?: string | undefined;
}

export interface SigV4Settings {
  /** The region of the shop's gateway. Default: `kms.region`, else AWS's own settings. */
  region?: string | undefined;
  /** Default `'execute-api'`. */
  service?: string | undefined;
  /** Default: `kms.credentials`, else AWS's own chain. */
  credentials?: KMSClientConfig['credentials'];
}

/** What a till shows of itself, without any secret. */
export interface TillIdentity {
  /** RFC 7638 thumbprint of the device key that signs each sale. */
  deviceKey: string | undefined;
  /** Of mutual TLS; the time in milliseconds since 1970. */
  certificate: { subject: string; notAfter: number } | undefined;
  /** Whether requests are signed (SigV4). */
  sigV4: boolean;
  apiKey: boolean;
}

/** The same after all checks; nothing of it that is secret is shown by a log or `util.inspect`. */
export interface Auth {
  certificate?: ClientCertificate | undefined;
  sigV4?: { region: string | undefined; service: string; credentials: KMSClientConfig['credentials'] };
  apiKey?: Secret | undefined;
}
