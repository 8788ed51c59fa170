import { KmsError } from './kms-errors.ts';
import type { KmsKey } from './kms-keys.ts';

export interface KmsAlias {
  readonly name: string;
  readonly arn: string;
  /** The ids of the keys that it has named, the present one last. */
  readonly targets: readonly string[];
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

const ALIAS_NAME = /^alias\/[A-Za-z0-9/_-]{1,250}$/;
const ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):(.+)$/;

/** The keys and aliases of one account in one region. */
export class KmsStore {
  readonly region: string;
  readonly accountId: string;
  readonly keys = new Map<string, KmsKey>();
  readonly aliases = new Map<string, KmsAlias>();

  constructor(region: string, accountId: string) {
    this.region = region;
    this.accountId = accountId;
  }

  /**
   * The key behind a key id, key ARN, alias name or alias ARN.
   * @throws KmsError NotFoundException, InvalidArnException
   */
  find(keyId: string): KmsKey {
    const name = this.#local(keyId);
    return name.startsWith('alias/') ? this.#byAlias(name) : this.#byId(name, keyId);
  }

  /**
   * The key behind a key id or key ARN, for the actions that take no alias.
   * @throws KmsError NotFoundException, InvalidArnException
   */
  findKey(keyId: string): KmsKey {
    const name = this.#local(keyId);
    if (name.startsWith('alias/')) throw new KmsError('NotFoundException', `Invalid keyId ${keyId}`);
    return this.#byId(name, keyId);
  }

  /** @throws KmsError AlreadyExistsException, ValidationException */
  addAlias(name: string, key: KmsKey, now: number): void {
    if (!ALIAS_NAME.test(name)) {
      throw new KmsError(
        'ValidationException',
        'Alias must start with the prefix "alias/" and hold only letters, digits, "/", "_" and "-".',
      );
    }
    const arn = this.#arn(name);
    if (this.aliases.has(name)) {
      throw new KmsError('AlreadyExistsException', `An alias with the name ${arn} already exists`);
    }
    this.aliases.set(name, { name, arn, targets: [key.id], createdAt: now, updatedAt: now });
  }

  /** @throws KmsError NotFoundException */
  pointAlias(name: string, key: KmsKey, now: number): void {
    const alias = this.alias(name);
    const earlier = alias.targets.filter((id) => id !== key.id);
    this.aliases.set(name, { ...alias, targets: [...earlier, key.id], updatedAt: now });
  }

  /** @throws KmsError NotFoundException */
  alias(name: string): KmsAlias {
    const alias = this.aliases.get(name);
    if (alias === undefined) {
      throw new KmsError('NotFoundException', `Alias ${this.#arn(name)} is not found.`);
    }
    return alias;
  }

  #byAlias(name: string): KmsKey {
    const id = this.alias(name).targets.at(-1) ?? '';
    return this.#byId(id, id);
  }

  #byId(id: string, asGiven: string): KmsKey {
    const key = this.keys.get(id);
    if (key !== undefined) return key;
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    throw new KmsError(
      'NotFoundException',
      isUuid ? `Key '${this.#arn(`key/${id}`)}' does not exist` : `Invalid keyId '${asGiven}'`,
    );
  }

  /** What an ARN names within this account and region; anything else is its own name. */
  #local(keyId: string): string {
    if (!keyId.startsWith('arn:')) return keyId;
    const [, region, accountId, resource] = ARN.exec(keyId) ?? [];
    if (region === undefined || resource === undefined) {
      throw new KmsError('InvalidArnException', `Invalid arn ${keyId}`);
    }
    if (region !== this.region) throw new KmsError('NotFoundException', `Invalid arn ${region}`);
    if (accountId !== this.accountId) {
      throw new KmsError('NotFoundException', `Key '${keyId}' does not exist`);
    }
    return resource.replace(/^key\//, '');
  }

  #arn(resource: string): string {
    return `arn:aws:kms:${this.region}:${this.accountId}:${resource}`;
  }
}
