import { ShopError } from '@amis-shop/shop-client';
import { type Overrides, openClient } from '../client.ts';
import type { Context } from '../context.ts';
import { somewhatLater } from './later.ts';
import type { SaleLine } from './lines.ts';
import { SentBefore } from './sent-before.ts';
import type { Tally } from './tally.ts';
import type { OpenWay, Way } from './way.ts';

const AT_ONCE = 16;
const PATIENCE_S = 35;

/** Each sale is posted as soon as there is room; without an outbox nothing is kept of it. */
export async function directWay(context: Context, embedded: Overrides | undefined): Promise<Way> {
  const { settings, terminal, world } = context;
  const { values } = settings;
  const client = await openClient(settings, terminal, embedded);
  return {
    sealedFor: client.settings,
    open: async (tally) => {
      const signal = somewhatLater(world.signal, (values.timeout ?? PATIENCE_S) * 1000);
      return new Direct(client, tally, {
        signal,
        dryRun: values.dryRun ?? false,
        atOnce: values.concurrency,
      });
    },
  };
}

type Client = Awaited<ReturnType<typeof openClient>>;

interface DirectSettings {
  signal: AbortSignal;
  dryRun: boolean;
  atOnce: number | undefined;
}

class Direct implements OpenWay {
  readonly atOnce: number;
  readonly #client: Client;
  readonly #tally: Tally;
  readonly #settings: DirectSettings;
  readonly #before = new SentBefore();

  constructor(client: Client, tally: Tally, settings: DirectSettings) {
    this.#client = client;
    this.#tally = tally;
    this.#settings = settings;
    this.atOnce = settings.atOnce ?? AT_ONCE;
  }

  async take(line: SaleLine): Promise<void> {
    const { number, saleId } = line;
    const ref = { number, saleId };
    try {
      const { same, taken } = this.#before.look(line);
      if (taken && this.#settings.dryRun) throw conflict(saleId);
      const receipt = await same;
      if (receipt) this.#tally.accepted({ ...ref, repeated: true }, receipt);
      else await this.#send(line, ref);
    } catch (error) {
      this.#tally.threw(ref, error);
    }
  }

  /** @param ref gets the id that the sale is given */
  async #send(line: SaleLine, ref: { saleId: string | undefined; number: number }): Promise<void> {
    const sending = this.#sealAndPost(line, ref);
    this.#before.remember(line, sending);
    const receipt = await sending;
    if (receipt) this.#tally.accepted(ref, receipt);
  }

  async #sealAndPost({ saleId, sale }: SaleLine, ref: { saleId: string | undefined; number: number }) {
    const { signal, dryRun } = this.#settings;
    const sealed = await this.#client.seal(sale, { saleId, signal });
    ref.saleId = sealed.saleId;
    if (!dryRun) return await this.#client.post(sealed, { signal });
    this.#tally.sealed(ref, sealed);
    return;
  }

  async finish(): Promise<undefined> {}
}

function conflict(saleId = ''): ShopError {
  return new ShopError(
    'sale_id_conflict',
    `Another line has the sale id ${saleId}, with different content.`,
    { hint: 'Give each sale an id of its own.' },
  );
}
