import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { Auth } from '../ports.ts';
import { awsRequestHandler } from './aws-http.ts';
import { SettingError } from './aws-settings.ts';

export interface RequestToSign {
  method: string;
  /** With the host by which the gateway knows it, wherever the connection leads. */
  url: string;
  /** All of them are signed, and `host`. Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
}

/** @returns the headers to send: those given and those of the signature. Rejects with an error of the AWS SDK. */
export type SignRequest = (request: RequestToSign, at: Date) => Promise<Record<string, string>>;

/**
 * Signature Version 4 by the AWS SDK's own signer, with region and credentials from AWS's own settings where none are
 * given; credentials are renewed before they end.
 */
export async function openSigner({
  region,
  service,
  credentials,
}: NonNullable<Auth['sigV4']>): Promise<SignRequest> {
  const [{ SignatureV4 }, { KMSClient }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-sdk/client-kms'),
  ]);
  // Never called: its configuration is how the SDK gives region and credentials as each of its clients has them.
  const { config } = new KMSClient({
    ...(region && { region }),
    ...(credentials && { credentials }),
    requestHandler: awsRequestHandler(),
  });
  const resolvedRegion = async (): Promise<string> =>
    await config.region().catch((cause: unknown) => {
      throw new SettingError('RegionError', undefined, cause);
    });
  const signer = new SignatureV4({
    service,
    region: resolvedRegion,
    credentials: () => config.credentials(),
    sha256: Sha256,
  });
  return async ({ method, url, headers, body }, at) => {
    const { protocol, host, hostname, pathname } = new URL(url);
    const signed = await signer.sign(
      {
        method,
        protocol,
        hostname,
        path: pathname,
        headers: { ...headers, host },
        ...(body !== undefined && { body }),
      },
      { signingDate: at },
    );
    return signed.headers;
  };
}

type SourceData = string | ArrayBuffer | ArrayBufferView;

/** SHA-256, or HMAC-SHA-256 where there is a secret, as the signer asks for them. */
class Sha256 {
  readonly #secret: SourceData | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: SourceData) {
    this.#secret = secret;
    this.#hash = begin(secret);
  }

  update(data: SourceData): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = begin(this.#secret);
  }
}

const begin = (secret: SourceData | undefined): Hash | Hmac =>
  secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));

function bytesOf(data: SourceData): string | Uint8Array {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
