import type { KMSClient } from '@aws-sdk/client-kms';
import { explainKmsFailure, type KmsFailure } from '../core/kms-failure.ts';
import type { CallOptions, KmsSettings } from '../ports.ts';

/** Access keys of sessions begin so: they change by the hour, and the account stays. Source: IAM, Unique identifiers. */
const TEMPORARY = 'ASIA';
const OAEP = 'RSAES_OAEP_SHA_256';
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;

type Sdk = typeof import('@aws-sdk/client-kms');

/** The three KMS calls that a sale needs. The SDK is loaded at the first of them. Every failure is a KeyError. */
export class KmsApi {
  readonly #settings: KmsSettings;
  #loading: Promise<{ sdk: Sdk; client: KMSClient }> | undefined;

  constructor(settings: KmsSettings = {}) {
    this.#settings = settings;
  }

  /** Whether calls go elsewhere than to AWS. */
  get hasOwnEndpoint(): boolean {
    return this.#endpoint !== undefined;
  }

  get #endpoint(): string | undefined {
    const { AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL } = process.env;
    return this.#settings.endpoint ?? AWS_ENDPOINT_URL_KMS ?? AWS_ENDPOINT_URL;
  }

  /** What tells one alias from the same one elsewhere, as far as it is known without loading the SDK. */
  scope(): string[] {
    const { region, credentials } = this.#settings;
    const { env } = process;
    const given = typeof credentials === 'object' ? credentials.accessKeyId : env['AWS_ACCESS_KEY_ID'];
    return [
      region ?? env['AWS_REGION'],
      this.#endpoint,
      env['AWS_PROFILE'],
      env['AWS_ROLE_ARN'],
      env['AWS_CONFIG_FILE'],
      env['AWS_SHARED_CREDENTIALS_FILE'],
      given?.startsWith(TEMPORARY) ? undefined : given,
    ].map((part) => part ?? '');
  }

  /** AWS KMS GetPublicKey. */
  getPublicKey(keyId: string, options?: CallOptions) {
    return this.#call(keyId, ({ sdk, client }) =>
      client.send(new sdk.GetPublicKeyCommand({ KeyId: keyId }), abortWith(options)),
    );
  }

  /** AWS KMS Encrypt with RSAES_OAEP_SHA_256. */
  async encrypt(keyId: string, plaintext: Uint8Array, options?: CallOptions) {
    const { KeyId, CiphertextBlob } = await this.#call(keyId, ({ sdk, client }) =>
      client.send(
        new sdk.EncryptCommand({ KeyId: keyId, Plaintext: plaintext, EncryptionAlgorithm: OAEP }),
        abortWith(options),
      ),
    );
    return { keyId: KeyId ?? '', ciphertext: CiphertextBlob ?? new Uint8Array() };
  }

  /** AWS KMS Decrypt with RSAES_OAEP_SHA_256. */
  async decrypt(keyId: string, ciphertext: Uint8Array, options?: CallOptions): Promise<Uint8Array> {
    const { Plaintext } = await this.#call(keyId, ({ sdk, client }) =>
      client.send(
        new sdk.DecryptCommand({ KeyId: keyId, CiphertextBlob: ciphertext, EncryptionAlgorithm: OAEP }),
        abortWith(options),
      ),
    );
    return Plaintext ?? new Uint8Array();
  }

  async #call<T>(keyId: string, call: (loaded: { sdk: Sdk; client: KMSClient }) => Promise<T>): Promise<T> {
    try {
      return await call(await this.#loaded());
    } catch (error) {
      if (isAbort(error)) throw error;
      throw explainKmsFailure(describe(error), keyId);
    }
  }

  #loaded() {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load() {
    const sdk = await import('@aws-sdk/client-kms');
    const { client, region, endpoint, credentials } = this.#settings;
    if (client) return { sdk, client };
    const made = new sdk.KMSClient({
      ...(region && { region }),
      ...(endpoint && { endpoint }),
      ...(credentials && { credentials }),
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    });
    await made.config.region().catch((cause: unknown) => {
      throw new RegionMissing('no region', { cause });
    });
    return { sdk, client: made };
  }
}

class RegionMissing extends Error {
  override readonly name = 'RegionMissing';
}

function abortWith(options: CallOptions | undefined) {
  return options?.signal ? { abortSignal: options.signal } : {};
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** The SDK's errors carry what AWS answered in `$metadata` and `$response`; others never left this machine. */
function describe(error: unknown): KmsFailure {
  const { name, code, message, $metadata, $response } = error as Partial<SdkError>;
  const answered = $metadata?.httpStatusCode !== undefined;
  const date = Date.parse($response?.headers?.['date'] ?? '');
  return {
    name: (answered ? name : (code ?? name)) ?? 'UnknownError',
    answered,
    clockOffsetMs: Number.isNaN(date) ? undefined : Date.now() - date,
    cause: new SdkFailure(name, message, $metadata),
  };
}

/**
 * The SDK's own error holds the request with its signature, and AWS repeats signed headers, a session token among
 * them, on the further lines of some messages: this keeps what a log may show.
 */
class SdkFailure extends Error {
  readonly statusCode: number | undefined;
  readonly requestId: string | undefined;

  constructor(
    name = 'Error',
    message = '',
    { httpStatusCode, requestId }: Partial<SdkError['$metadata']> = {},
  ) {
    super(message.split('\n', 1)[0]);
    this.name = name;
    this.statusCode = httpStatusCode;
    this.requestId = requestId;
  }
}

interface SdkError {
  name: string;
  code: string;
  message: string;
  $metadata: { httpStatusCode?: number; requestId?: string };
  $response: { headers?: Record<string, string> };
}
