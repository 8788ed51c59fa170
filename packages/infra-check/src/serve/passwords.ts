import { createHmac, randomBytes } from 'node:crypto';

/** Looks at passwords that wait for their turn; more are turned away. One takes a tenth of a second of the CPU. */
const MOST_WAITING = 16;

/** Credentials whose answer is remembered. */
const MOST_KNOWN = 100;

export type Verdict = 'right' | 'wrong' | 'busy';

/** Compares names and passwords with their bcrypt hashes, each pair once. */
export class Passwords {
  readonly #users: ReadonlyMap<string, string>;
  /** The pairs by a keyed digest: no password stays in memory. */
  readonly #known = { right: new Set<string>(), wrong: new Set<string>() };
  readonly #underWay = new Map<string, Promise<Verdict>>();
  readonly #digestKey = randomBytes(32);
  #turn: Promise<unknown> = Promise.resolve();

  constructor(users: ReadonlyMap<string, string>) {
    this.#users = users;
  }

  /** @param header what the client sent as Authorization */
  async judge(header: string | undefined): Promise<Verdict> {
    if (this.#users.size === 0) return 'right';
    const given = credentialsIn(header);
    if (given === undefined) return 'wrong';
    const id = createHmac('sha256', this.#digestKey).update(`${given.name}\0${given.password}`).digest('hex');
    if (this.#known.right.has(id)) return 'right';
    if (this.#known.wrong.has(id)) return 'wrong';
    const known = this.#underWay.get(id);
    if (known !== undefined) return known;
    if (this.#underWay.size >= MOST_WAITING) return 'busy';
    const judging = this.#turn.then(() => this.#compare(given)).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, judging);
    this.#turn = judging.catch(() => undefined);
    const verdict = await judging;
    this.#remember(id, verdict);
    return verdict;
  }

  /** Somebody unknown takes as long as somebody known, so that the time tells nothing. */
  async #compare({ name, password }: Credentials): Promise<'right' | 'wrong'> {
    const { compare } = await import('bcryptjs');
    const [any = ''] = this.#users.values();
    const hash = this.#users.get(name);
    const isSame = await compare(password, hash ?? any);
    return hash !== undefined && isSame ? 'right' : 'wrong';
  }

  #remember(id: string, verdict: Verdict): void {
    if (verdict === 'busy') return;
    const known = this.#known[verdict];
    const [oldest] = known;
    if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    known.add(id);
  }
}

interface Credentials {
  name: string;
  password: string;
}

/** RFC 7617, in UTF-8. */
function credentialsIn(header: string | undefined): Credentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
