import { type KeyObject, randomUUID } from 'node:crypto';
import { isKmsErrorName, KmsError, type KmsErrorName } from './kms-errors.ts';
import { parseInput } from './kms-input.ts';
import type { PrivateKeyInput, RsaKey, RsaKeySpec } from './kms-keys.ts';
import { generatePrivateKey, importPrivateKey, isRsaKey, isRsaSpec, newKey } from './kms-keys.ts';
import { isKmsOperation, type KmsOperation, OPERATIONS } from './kms-operations.ts';
import { decrypt } from './kms-rsa.ts';
import { KmsStore } from './kms-store.ts';

export interface KmsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FakeKmsOptions {
  /** 'eu-west-1' by default. */
  region?: string;
  /** The clock, milliseconds since 1970. */
  now?: () => number;
}

export interface FakeKmsKeys {
  /** By alias name (`alias/KeyL-AMIS1`): the spec of a key to generate, or an RSA private key to take. */
  keys?: Readonly<Record<string, RsaKeySpec | PrivateKeyInput>>;
}

const noCalls = (): Record<KmsOperation, number> => {
  const names = Object.keys(OPERATIONS).filter(isKmsOperation);
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<KmsOperation, number>;
};

/**
 * AWS KMS in memory: its JSON protocol (AWS JSON 1.1, `X-Amz-Target: TrentService.<action>`), its error
 * names, limits and key states, with real RSA. It opens no socket. Signatures of requests are not checked.
 */
export class FakeKms {
  readonly region: string;
  readonly accountId = '000000000000';
  /** How often each action was called, those that failed included. */
  readonly calls: Record<KmsOperation, number> = noCalls();
  readonly #store: KmsStore;
  readonly #now: () => number;
  readonly #failures: KmsErrorName[] = [];

  constructor({ region = 'eu-west-1', now = Date.now }: FakeKmsOptions = {}) {
    this.region = region;
    this.#now = now;
    this.#store = new KmsStore(region, this.accountId);
  }

  /** With keys behind aliases from the start. */
  static async create({ keys = {}, ...options }: FakeKmsOptions & FakeKmsKeys = {}): Promise<FakeKms> {
    const kms = new FakeKms(options);
    const entries = await Promise.all(
      Object.entries(keys).map(async ([alias, key]) => {
        const generated = typeof key === 'string' && isRsaSpec(key) ? await generatePrivateKey(key) : key;
        return { alias, privateKey: generated as PrivateKeyInput };
      }),
    );
    for (const { alias, privateKey } of entries) kms.importKey(alias, privateKey);
    return kms;
  }

  /**
   * Answers one request: the X-Amz-Target header and the body's text.
   * Every failure is an answer with AWS' error name; nothing is thrown.
   */
  async handle(target: string | undefined, body: string): Promise<KmsAnswer> {
    try {
      const name = target?.replace(/^TrentService\./, '') ?? '';
      if (!target?.startsWith('TrentService.') || !isKmsOperation(name)) {
        throw new KmsError('UnknownOperationException');
      }
      this.calls[name] += 1;
      const failure = this.#failures.shift();
      if (failure !== undefined) throw new KmsError(failure);
      return answer(200, await OPERATIONS[name](this.#store, parseInput(body), this.#seconds()));
    } catch (error) {
      if (error instanceof KmsError) return refusal(error);
      throw error;
    }
  }

  /**
   * The next `times` calls, whatever the action, fail with this error.
   * @throws RangeError for a name that KMS does not have
   */
  failNext(name: KmsErrorName, times = 1): void {
    if (!isKmsErrorName(name)) throw new RangeError(`AWS KMS has no error named ${String(name)}.`);
    this.#failures.push(...Array<KmsErrorName>(times).fill(name));
  }

  /**
   * Takes an RSA private key as an ENCRYPT_DECRYPT key behind `alias`, which it repoints where it exists.
   * @returns the key's id
   * @throws TypeError where it is no RSA private key of 2048, 3072 or 4096 bits
   */
  importKey(alias: string, privateKey: PrivateKeyInput): string {
    const material = importPrivateKey(privateKey);
    const now = this.#seconds();
    const key = newKey({ ...this.#store, now }, { ...material, usage: 'ENCRYPT_DECRYPT' });
    this.#store.keys.set(key.id, key);
    if (this.#store.aliases.has(alias)) this.#store.pointAlias(alias, key, now);
    else this.#store.addAlias(alias, key, now);
    return key.id;
  }

  /** The RSA keys that `alias` names and has named, the present one first; none where there is no such alias. */
  keysOf(alias: string): { keyId: string; publicKey: KeyObject }[] {
    const ids = this.#store.aliases.get(alias)?.targets ?? [];
    return ids
      .map((id) => this.#store.keys.get(id))
      .filter((key): key is RsaKey => key !== undefined && isRsaKey(key))
      .map((key) => ({ keyId: key.id, publicKey: key.publicKey }))
      .reverse();
  }

  /**
   * Decrypts as the shop's own back end does (RSAES_OAEP_SHA_256): not counted, not made to fail.
   * @throws KmsError NotFoundException, InvalidCiphertextException
   */
  async unwrap(keyId: string, ciphertext: Uint8Array): Promise<Uint8Array> {
    const key = this.#store.find(keyId);
    if (!isRsaKey(key)) throw new KmsError('InvalidCiphertextException');
    return decrypt(key, 'RSAES_OAEP_SHA_256', ciphertext);
  }

  #seconds(): number {
    return Math.round(this.#now()) / 1000;
  }
}

const answer = (status: number, body: object, headers: Record<string, string> = {}): KmsAnswer => ({
  status,
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'cache-control': 'no-cache, no-store, must-revalidate, private',
    'x-amzn-requestid': randomUUID(),
    ...headers,
  },
  body: JSON.stringify(body),
});

const refusal = ({ name, status, message }: KmsError): KmsAnswer =>
  answer(status, message === '' ? { __type: name } : { __type: name, message }, { 'x-amzn-errortype': name });
