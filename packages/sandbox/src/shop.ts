import { type OpenedSale, saleSchema } from '@amis-shop/shop-client/receiver';
import {
  FAULTS,
  FakeGateway,
  FakeKms,
  FakeShop,
  type FakeShopOptions,
  type FaultSource as KnownFaults,
  seededFaults,
} from '@amis-shop/shop-client/testing';
import type { Admission } from './admission.ts';
import { Books, type SaleToBook } from './books.ts';
import { isBreak } from './breaks.ts';
import { Conflicts } from './conflicts.ts';
import { Feed } from './feed.ts';
import type { ResolvedOptions } from './options.ts';
import type { BooksDocument, FaultSource } from './types.ts';

/** The shop without its doors: KMS, gateway, back end and books, in memory. */
export interface ShopBehindDoors {
  readonly names: readonly string[];
  readonly kms: FakeKms;
  readonly gateway: FakeGateway;
  readonly books: () => BooksDocument;
  readonly feed: Feed;
  setFaults(faults: string | FaultSource): void;
  /** Lets no post wait any longer. */
  stop(): void;
}

export async function openShop(options: ResolvedOptions, { refuse }: Admission): Promise<ShopBehindDoors> {
  const { domain, shops, keyAliasPrefix, seed, oldBackEnd } = options;
  const names = [`api.${domain}`, `amis.${domain}`];
  const faults = toFaults(options.faults, seed);
  const kms = await FakeKms.create({ region: options.region, keys: keysByAlias(options) });
  const ledger = new Books(Object.keys(shops));
  const conflicts = new Conflicts();
  const { schema } = options;
  const shop = new FakeShop<unknown>({
    kms,
    shops,
    keyAliasPrefix,
    oldBackEnd,
    book: (sale) => ledger.book(forTheBooks(sale)),
    ...(schema && { schema: schema as NonNullable<FakeShopOptions<unknown>['schema']> }),
  });
  shop.onPoison(({ code }) => options.onPoison?.(code));
  shop.onConflict((conflict) => {
    const recorded = conflicts.note(conflict);
    options.onConflict?.(recorded);
  });
  const books = () => booksDocument({ shop, ledger, conflicts, gateway });
  const feed = new Feed(books);
  const stopping = new AbortController();
  const gateway = new FakeGateway({
    accept: (body) => shop.accept(body).finally(() => feed.changed()),
    refuse,
    hosts: names,
    v2: !oldBackEnd,
    delayMs: options.delayMs,
    slowMs: options.slowMs,
    faults,
    signal: stopping.signal,
  });
  const setFaults = (next: string | FaultSource) => {
    gateway.faults = toFaults(next, seed);
    feed.changed();
  };
  return { names, kms, gateway, books, feed, setFaults, stop: () => stopping.abort() };
}

const keysByAlias = ({ shops, keys, keySpec, keyAliasPrefix }: ResolvedOptions) =>
  Object.fromEntries(
    Object.keys(shops).map((id) => [
      `${keyAliasPrefix}${id}`,
      (Object.hasOwn(keys, id) && keys[id]) || keySpec,
    ]),
  );

/** What is no sale of the shop's own has no lines to add up. */
function forTheBooks(opened: OpenedSale<unknown>): SaleToBook {
  const own = saleSchema['~standard'].validate(opened.sale);
  return { ...opened, sale: 'value' in own ? own.value : { sales: [] } };
}

interface Sources {
  shop: FakeShop<unknown>;
  ledger: Books;
  conflicts: Conflicts;
  gateway: FakeGateway;
}

function booksDocument({ shop, ledger, conflicts, gateway }: Sources): BooksDocument {
  const reasons: Record<string, number> = {};
  for (const { code } of shop.poison) reasons[code] = (reasons[code] ?? 0) + 1;
  return {
    posts: shop.posts,
    repeated: shop.repeats,
    poison: shop.poison.length,
    poison_reasons: reasons,
    ...conflicts.totals(),
    faults: gateway.faults.describe(),
    ...ledger.totals(),
  };
}

function toFaults(faults: string | FaultSource, seed: number): KnownFaults {
  if (typeof faults === 'string') {
    refuseBreaks(faults);
    return seededFaults(faults, seed);
  }
  return { describe: () => faults.describe(), next: () => toFault(faults.next()) };
}

/** Who looks for a fault of TLS does not find it among those of posts. */
function refuseBreaks(faults: string): void {
  const names = faults.split(',').map((one) => one.replace(/:.*/s, '').trim());
  const found = names.find(isBreak);
  if (found === undefined) return;
  throw new RangeError(
    `${found} is a fault of the path, not of posts: use --break (breaks, sandbox.break()).`,
  );
}

function toFault(name: string | undefined) {
  if (name === undefined) return undefined;
  const known = FAULTS.find((fault) => fault === name);
  if (known === undefined) throw new RangeError(`Unknown fault "${name}"; known are ${FAULTS.join(', ')}.`);
  return known;
}
