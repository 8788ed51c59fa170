import type { KMSClient } from '@aws-sdk/client-kms';
import type { KmsFailure } from '../core/kms-explanations.ts';
import { explainKmsFailure } from '../core/kms-failure.ts';
import type { CallOptions, KmsSettings } from '../ports.ts';
import { abortable } from './abortable.ts';
import { checkEndpoint, endpointVariable, printable, SettingError } from './aws-settings.ts';
import type { KmsPlace } from './key-cache.ts';
import { describeSdkError, isAbort } from './sdk-error.ts';

/** Access keys of sessions begin so: they change by the hour, and the account stays. Source: IAM, Unique identifiers. */
const TEMPORARY = 'ASIA';
const OAEP = 'RSAES_OAEP_SHA_256';

type Sdk = typeof import('@aws-sdk/client-kms');

interface Loaded {
  sdk: Sdk;
  client: KMSClient;
  /** Of a client of the caller's own they are its affair. */
  credentials?: () => Promise<unknown>;
}

/** The three KMS calls that a sale needs. The SDK, and what reaches AWS, is loaded at the first of them. Every failure is a KeyError. */
export class KmsApi {
  readonly #settings: KmsSettings;
  readonly #timeoutMs: number | undefined;
  #loading: Promise<Loaded> | undefined;

  /** @param timeoutMs for one whole call, the SDK's own retries included */
  constructor(settings: KmsSettings = {}, timeoutMs?: number) {
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether calls go elsewhere than to AWS. */
  get hasOwnEndpoint(): boolean {
    return this.#endpoint !== undefined;
  }

  get #endpoint(): string | undefined {
    const variable = endpointVariable();
    return this.#settings.endpoint ?? (variable && process.env[variable]);
  }

  /** Where and as whom it asks, as far as that is known without loading the SDK. */
  place(): KmsPlace {
    const { region = process.env['AWS_REGION'], client } = this.#settings;
    // A client of the caller's own may lead anywhere.
    const endpoint = this.#endpoint ?? (client ? 'client' : '');
    return { endpoint, region: region || undefined, scope: this.#scope() };
  }

  #scope(): string[] {
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
    return this.#call(keyId, options, ({ sdk, client }, abort) =>
      client.send(new sdk.GetPublicKeyCommand({ KeyId: keyId }), abort),
    );
  }

  /** AWS KMS Encrypt with RSAES_OAEP_SHA_256. */
  async encrypt(keyId: string, plaintext: Uint8Array, options?: CallOptions) {
    const input = { KeyId: keyId, Plaintext: plaintext, EncryptionAlgorithm: OAEP } as const;
    const { KeyId, CiphertextBlob } = await this.#call(keyId, options, ({ sdk, client }, abort) =>
      client.send(new sdk.EncryptCommand(input), abort),
    );
    return { keyId: KeyId ?? '', ciphertext: CiphertextBlob ?? new Uint8Array() };
  }

  /** AWS KMS Decrypt with RSAES_OAEP_SHA_256. */
  async decrypt(keyId: string, ciphertext: Uint8Array, options?: CallOptions): Promise<Uint8Array> {
    const input = { KeyId: keyId, CiphertextBlob: ciphertext, EncryptionAlgorithm: OAEP } as const;
    const { Plaintext } = await this.#call(keyId, options, ({ sdk, client }, abort) =>
      client.send(new sdk.DecryptCommand(input), abort),
    );
    return Plaintext ?? new Uint8Array();
  }

  async #call<T>(
    keyId: string,
    { signal }: CallOptions = {},
    call: (loaded: Loaded, abort: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const deadline = this.#timeoutMs === undefined ? undefined : AbortSignal.timeout(this.#timeoutMs);
    const signals = [signal, deadline].filter((one) => one !== undefined);
    const abort = signals.length > 0 ? { abortSignal: AbortSignal.any(signals) } : {};
    let stage: KmsFailure['stage'] = 'loading';
    const asking = async (): Promise<T> => {
      const loaded = await this.#loaded();
      stage = 'credentials';
      await loaded.credentials?.();
      stage = 'KMS';
      return (await call(loaded, abort)) ?? ({} as T);
    };
    try {
      return await abortable(asking(), deadline);
    } catch (error) {
      if (signal?.aborted && isAbort(error)) throw error;
      const failure = deadline?.aborted ? tooSlow(deadline) : this.#describe(error);
      const proxy = await this.#proxy();
      throw explainKmsFailure({ ...failure, stage, proxy }, keyId);
    }
  }

  #loaded(): Promise<Loaded> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<Loaded> {
    const [sdk, { awsRequestHandler }] = await Promise.all([
      import('@aws-sdk/client-kms'),
      import('./aws-http.ts'),
    ]);
    const { client, region, endpoint, credentials } = this.#settings;
    if (client) return { sdk, client };
    checkEndpoint(endpoint === undefined ? endpointVariable() : undefined);
    const made = new sdk.KMSClient({
      ...(region && { region }),
      ...(endpoint && { endpoint }),
      ...(credentials && { credentials }),
      requestHandler: awsRequestHandler(),
    });
    await made.config.region().catch((cause: unknown) => {
      throw new SettingError('RegionError', printable(region ?? process.env['AWS_REGION']), cause);
    });
    return { sdk, client: made, credentials: () => made.config.credentials() };
  }

  /** Loaded only once something failed. */
  async #proxy(): Promise<string | undefined> {
    const { client, endpoint, region = process.env['AWS_REGION'] } = this.#settings;
    if (client) return;
    const { proxyFor } = await import('./proxy.ts');
    return proxyFor(endpoint ?? endpointVariable() ?? `https://kms.${region}.amazonaws.com`);
  }

  #describe(error: unknown): KmsFailure {
    const { client, credentials } = this.#settings;
    const profile = client || credentials ? undefined : printable(process.env['AWS_PROFILE']);
    return { setting: profile, ...describeSdkError(error) };
  }
}

function tooSlow({ reason }: AbortSignal): KmsFailure {
  return { name: 'TimeoutError', cause: reason };
}
