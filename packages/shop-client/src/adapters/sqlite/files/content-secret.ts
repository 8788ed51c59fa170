import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { clearWay } from './companions.ts';
import { createFile, giveToOwnerOf, readFile, replaceFile, writeFile } from './disk.ts';

const SECRET_BYTES = 32;
/** Which secret a tag was made with. */
const NAME_BYTES = 4;
/** Enough that one conflict in 16 million is missed; too few to prove to a thief what a whole basket was. */
const TAG_BYTES = 3;
const LOOK_MS = 1_000;

interface Secret {
  bytes: Uint8Array;
  key: KeyObject;
  name: Buffer;
}

/**
 * The secret by which sales are compared that are stored sealed. It lies beside the database and never in it: a copy of the
 * database alone tells nothing of what was sold.
 */
export class ContentSecret {
  readonly #database: string;
  readonly #file: string;
  #secret: Secret | undefined;
  /** By performance.now(). */
  #lookAgainAt = 0;

  constructor(database: string) {
    this.#database = database;
    this.#file = `${database}-secret`;
  }

  /**
   * The secret's name, and a short keyed hash of the sale. Makes the secret where there is none, so only within a transaction that writes:
   * it keeps two processes from making two.
   * @throws {OutboxError}
   */
  tag(saleId: string, content: string): Uint8Array {
    const secret = this.#look() ?? this.#make(randomBytes(SECRET_BYTES));
    return tagOf(secret, saleId, content);
  }

  /** `lost`: the tag was made with another secret. @throws {OutboxError} */
  compare(tag: Uint8Array, saleId: string, content: string): 'same' | 'other_content' | 'lost' {
    const secret = this.#look();
    if (secret === undefined || !secret.name.equals(tag.subarray(0, NAME_BYTES))) return 'lost';
    return tagOf(secret, saleId, content).equals(tag) ? 'same' : 'other_content';
  }

  /** The file is looked at once a second: where it was deleted meanwhile, it is written again. */
  #look(): Secret | undefined {
    const now = performance.now();
    if (this.#secret && now < this.#lookAgainAt) return this.#secret;
    clearWay(this.#file);
    const bytes = readFile(this.#file);
    if (bytes?.length === SECRET_BYTES) this.#take(bytes);
    else if (this.#secret) this.#make(this.#secret.bytes);
    return this.#secret;
  }

  /** On disk before anything is made with it. */
  #make(bytes: Uint8Array): Secret {
    replaceFile(this.#file, (temporary) => {
      createFile(temporary);
      writeFile(temporary, bytes);
      giveToOwnerOf(this.#database, temporary);
    });
    return this.#take(bytes);
  }

  #take(bytes: Uint8Array): Secret {
    this.#lookAgainAt = performance.now() + LOOK_MS;
    if (this.#secret && Buffer.compare(this.#secret.bytes, bytes) === 0) return this.#secret;
    const key = createSecretKey(bytes);
    const name = createHmac('sha256', key).update('name').digest().subarray(0, NAME_BYTES);
    this.#secret = { bytes, key, name };
    return this.#secret;
  }
}

function tagOf({ key, name }: Secret, saleId: string, content: string): Buffer {
  const mac = createHmac('sha256', key).update(`sale\n${saleId}\n${content}`).digest();
  return Buffer.concat([name, mac.subarray(0, TAG_BYTES)]);
}
