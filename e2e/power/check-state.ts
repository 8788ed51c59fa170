import { join } from 'node:path';
import {
  type Entry,
  type SealedMessage,
  type ShopError,
  Till,
  type TillOptions,
} from '@amis-shop/shop-client';
import { idOf, toSale } from '../crash/numbered-sale.ts';
import { checkBackups } from './check-backups.ts';
import { type Facts, saleOf } from './facts.ts';
import { digestOf, stubKeys, stubShop } from './stub-shop.ts';

const publicKeys = stubKeys();
/** The process of the sale that shows that it goes on. */
const AFTERWARDS = 99;

/**
 * Opens a folder that a power cut has left as a till does, looks for all that was said before, delivers the rest and records
 * one sale more. @returns what is wrong
 */
export async function checkState(
  folder: string,
  options: Omit<TillOptions, 'file'>,
  facts: Facts,
): Promise<string[]> {
  const check = new Check(facts);
  try {
    await check.run({ ...options, file: join(folder, 'outbox.db') });
  } catch (error) {
    check.problem(`${(error as { code?: string }).code ?? 'error'}: ${(error as Error).message}`);
  }
  return [...check.problems, ...(await checkBackups(folder, options, facts))];
}

class Check {
  readonly problems: string[] = [];
  readonly #facts: Facts;
  readonly #taken: Map<string, string>;
  /** Sales of which the shop had a message before the power cut. */
  readonly #atShop: ReadonlySet<string>;
  #till: Till | undefined;

  constructor(facts: Facts) {
    this.#facts = facts;
    this.#taken = new Map([...facts.posted].filter(([id]) => facts.taken.has(id)));
    this.#atShop = new Set([...this.#taken.keys()].map(saleOf));
  }

  problem(text: string): void {
    if (this.problems.length < 5) this.problems.push(text);
  }

  async run(options: TillOptions): Promise<void> {
    const transport = stubShop((message) => this.#take(message));
    const till = await Till.open({ ...options, deliver: false }, { publicKeys, transport });
    this.#till = till;
    try {
      this.#findAll(till);
      await this.#verify(till);
      await this.#deliver(till);
      await this.#repeat(till);
      await this.#goOn(till);
      await this.#verify(till);
    } finally {
      await till.close();
    }
  }

  #findAll(till: Till): void {
    const { recorded, posted, accepted, rejected, resolved } = this.#facts;
    for (const [id, { seq, digest }] of recorded) {
      const entry = till.find(id);
      if (entry === undefined && this.#mayBePruned(id)) continue;
      if (entry?.seq !== seq) this.problem(`${id} was acknowledged as number ${seq} and ${lacking(entry)}`);
      else if (hasMessages(entry) && digest !== '' && digestOf(entry.messages) !== digest)
        this.problem(`${id} has other bytes than those that were acknowledged`);
    }
    for (const id of posted.keys()) this.#isThere(till, saleOf(id), 'was posted');
    for (const [state, ids] of Object.entries({ accepted, rejected, resolved }))
      for (const id of ids) this.#isThere(till, id, `was reported as ${state}`, state);
    for (const { saleId } of till.list({ state: 'accepted', limit: 100_000 })) {
      if (!this.#atShop.has(saleId)) this.problem(`${saleId} is accepted, and the shop has never had it`);
    }
  }

  #isThere(till: Till, id: string, what: string, state?: string): void {
    const now = till.find(id)?.state;
    if (now === undefined && this.#mayBePruned(id)) return;
    if (now === undefined || (state !== undefined && now !== state))
      this.problem(`${id} ${what} and is ${now ?? 'missing'}`);
  }

  #mayBePruned(id: string): boolean {
    return this.#facts.prunes && this.#atShop.has(id);
  }

  async #verify(till: Till): Promise<void> {
    const { ok, problems } = await till.verify();
    if (!ok) this.problem(`verify(): ${problems.join('; ')}`);
  }

  async #deliver(till: Till): Promise<void> {
    await till.flush();
    const { queued } = till.status();
    if (queued > 0) this.problem(`${queued} sales stay queued`);
  }

  /** The shop knows what came before the power cut, and takes the same message again as the same. */
  #take(message: SealedMessage): 'accepts' {
    const { id } = message;
    const before = this.#facts.posted.get(id);
    if (before !== undefined && before !== digestOf([message]))
      this.problem(`${id} is posted with other bytes`);
    const entry = this.#till?.find(saleOf(id));
    if (this.#taken.has(id) && entry?.mayHaveArrived === false)
      this.problem(`${id} reached the shop, and the outbox is sure that it did not`);
    this.#taken.set(id, digestOf([message]));
    return 'accepts';
  }

  async #goOn(till: Till): Promise<void> {
    const { recorded } = till.status();
    const sale = { process: AFTERWARDS, number: 1 };
    const { seq } = await till.record(toSale(sale), { saleId: idOf(sale) });
    if (seq !== recorded + 1) this.problem(`after ${recorded} sales the next has the number ${seq}`);
  }

  /** The last sale may come again under its id, and no other under it. */
  async #repeat(till: Till): Promise<void> {
    const [id, { seq }] = [...this.#facts.recorded].at(-1) ?? ['', { seq: 0 }];
    const [, process, number] = /^till-(\d+):(\d+)$/.exec(id) ?? [];
    if (number === undefined || till.find(id) === undefined) return;
    const same = toSale({ process: Number(process), number: Number(number) });
    const again = await till.record(same, { saleId: id });
    if (!again.repeated || again.seq !== seq) this.problem(`${id} is recorded a second time`);
    const other = toSale({ process: AFTERWARDS, number: 2 });
    const conflict = await till.record(other, { saleId: id }).catch((error: ShopError) => error.code);
    if (conflict !== 'sale_id_conflict') this.problem(`another sale under ${id} is taken for it`);
  }
}

const hasMessages = ({ messages }: Entry): boolean => messages.length > 0;

const lacking = (entry: Entry | undefined): string =>
  entry === undefined ? 'is missing' : `has the number ${entry.seq}`;
