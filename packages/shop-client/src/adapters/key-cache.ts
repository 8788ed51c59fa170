import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import type { FetchedKey } from '../core/shop-key.ts';
import type { Logger } from '../ports.ts';
import { codeOf, type KeyCopy, readKeyFile, writeKeyFile } from './key-file.ts';

export interface KeyCacheSettings {
  /** The user's folder of copies; none where there is no such folder. */
  directory: string | undefined;
  /** The till's outbox, beside which a copy travels. */
  outbox?: string | undefined;
  /** `false`: the copy there is only read. */
  renewsKeyCopy?: boolean | undefined;
  keyAlias: string;
  place: KmsPlace;
  /** RFC 7638 thumbprints; a copy of one of them may be used wherever it is from. */
  pinnedKeys: readonly string[];
  logger?: Logger | undefined;
}

/** Where and as whom KMS is asked, as far as it is known without loading the SDK. */
export interface KmsPlace {
  /** '' is AWS itself. */
  endpoint: string;
  region: string | undefined;
  /** All that tells one alias from the same one elsewhere: region, endpoint, profile, account. */
  scope: readonly string[];
}

/** A copy that was made with other AWS settings than those of now. */
export interface StrangeCopy extends KeyCopy {
  /** Whether it can be used before KMS was asked: it is pinned, or was made for this very outbox. */
  atOnce: boolean;
}

/**
 * The public key on disk, so that a till seals from its first second without a network, and whatever became of its AWS settings.
 * A copy is for the alias, the endpoint and the region that it was fetched for; one whose thumbprint is pinned is for any.
 */
export class KeyCache {
  /** In the user's folder, for the settings of now. */
  readonly file: string | undefined;
  readonly #settings: KeyCacheSettings;
  readonly #scope: string;

  constructor(settings: KeyCacheSettings) {
    const { directory, keyAlias, place } = settings;
    this.#settings = settings;
    this.#scope = createHash('sha256')
      .update(JSON.stringify([keyAlias, ...place.scope]))
      .digest('hex')
      .slice(0, 12);
    this.file = directory && join(directory, `${readable(keyAlias)}-${this.#scope}.json`);
  }

  /** The copy that was made with the settings of now. */
  own(): FetchedKey | undefined {
    const [copy] = this.#copies([this.file, this.#beside()]).filter((one) => this.#isOwn(one));
    if (copy) this.#keepBeside(copy.key);
    return copy?.key;
  }

  /** The best of the others; the one that is pinned, else the outbox's, else the latest. */
  strange(): StrangeCopy | undefined {
    const beside = this.#beside();
    const found = this.#copies([beside, ...this.#listed()])
      .filter((copy) => this.#isPinned(copy) || this.#isForHere(copy))
      .map((copy) => ({ ...copy, atOnce: this.#isPinned(copy) || copy.file === beside }))
      .sort((a, b) => Number(b.atOnce) - Number(a.atOnce) || b.key.fetchedAt - a.key.fetchedAt);
    return found[0];
  }

  /** Keeps a key that KMS has just named. Never throws. */
  write(key: FetchedKey): void {
    if (this.file !== undefined) this.#write(this.file, key);
    this.#keepBeside(key);
  }

  /** A command that names another alias, or none, leaves the till's copy alone. */
  #keepBeside(key: FetchedKey): void {
    const beside = this.#beside();
    if (beside === undefined || this.#settings.renewsKeyCopy === false) return;
    const known = readKeyFile(beside, this.#owners());
    if (typeof known === 'object') {
      if (known.keyAlias !== this.#settings.keyAlias) return;
      const isCurrent =
        known.key.kid === key.kid && known.key.fetchedAt === key.fetchedAt && this.#isOwn(known);
      if (isCurrent) return;
    }
    this.#write(beside, key, true);
  }

  #write(file: string, key: FetchedKey, isBeside = false): void {
    const { keyAlias, place, logger, outbox } = this.#settings;
    try {
      writeKeyFile(file, { key, keyAlias, endpoint: place.endpoint, scope: this.#scope });
      const owner = isBeside && process.getuid?.() === 0 && outbox ? fs.statSync(outbox) : undefined;
      if (owner) fs.chownSync(file, owner.uid, owner.gid);
    } catch (error) {
      const denied =
        codeOf(error) === 'ERR_ACCESS_DENIED' ? '; Node runs with --permission: allow its folder' : '';
      const fields = { file, code: codeOf(error) };
      if (logger) logger.warn(fields, `the public key could not be kept on disk${denied}`);
      else
        process.emitWarning(`The public key could not be kept in ${file} (${fields.code})${denied}.`, fields);
    }
  }

  #copies(files: readonly (string | undefined)[]): KeyCopy[] {
    return [...new Set(files)].flatMap((file) => (file === undefined ? [] : (this.#read(file) ?? [])));
  }

  #read(file: string): KeyCopy | undefined {
    const copy = readKeyFile(file, this.#owners());
    if (copy === undefined) return;
    if (typeof copy === 'string') return this.#distrust(file, copy);
    if (this.#isPinned(copy)) return copy;
    if (copy.keyAlias !== this.#settings.keyAlias) {
      return file === this.file ? this.#distrust(file, 'it belongs to another alias') : undefined;
    }
    return copy.trusted ? copy : this.#distrust(file, 'other users may write to it');
  }

  #distrust(file: string, why: string): undefined {
    this.#settings.logger?.warn({ file }, `the cached public key is not used: ${why}`);
  }

  #isOwn({ scope, file }: KeyCopy): boolean {
    return scope === undefined ? file === this.file : scope === this.#scope;
  }

  #isPinned({ key }: KeyCopy): boolean {
    return this.#settings.pinnedKeys.includes(key.kid);
  }

  /** The ARN says in which region the key is: arn:aws:kms:eu-west-1:... */
  #isForHere({ endpoint, key }: KeyCopy): boolean {
    const { place } = this.#settings;
    const region = key.keyId.split(':')[3];
    return endpoint === place.endpoint && (place.region === undefined || region === place.region);
  }

  /** Beside the outbox as SQLite takes it, with all links resolved; none while there is no outbox. */
  #beside(): string | undefined {
    const { outbox } = this.#settings;
    if (outbox === undefined) return;
    try {
      return `${fs.realpathSync(outbox)}-key`;
    } catch {
      return;
    }
  }

  /** Who may write the outbox chooses its key, too. */
  #owners(): number[] {
    const { outbox } = this.#settings;
    const owner = outbox && fs.statSync(outbox, { throwIfNoEntry: false })?.uid;
    return typeof owner === 'number' ? [owner] : [];
  }

  #listed(): string[] {
    const { directory, keyAlias, pinnedKeys } = this.#settings;
    if (directory === undefined) return [];
    try {
      const begin = pinnedKeys.length > 0 ? '' : `${readable(keyAlias)}-`;
      return fs
        .readdirSync(directory)
        .filter((name) => name.startsWith(begin) && name.endsWith('.json'))
        .map((name) => join(directory, name))
        .filter((file) => file !== this.file);
    } catch {
      return [];
    }
  }
}

function readable(keyAlias: string): string {
  return keyAlias.replace(/^alias\//, '').replace(/[^A-Za-z0-9_-]/g, '_');
}
