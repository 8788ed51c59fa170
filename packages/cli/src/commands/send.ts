import { DeliveryError, type SealedSale, type ShopClient } from '@amis-shop/shop-client';
import { CliError } from '../cli-error.ts';
import { openClient } from '../client.ts';
import type { Settings } from '../config.ts';
import type { Context, Run } from '../context.ts';
import { openEmbeddedShop } from '../embedded-shop.ts';
import { EXIT, type ExitCode, worst } from '../exit-codes.ts';
import { explain } from '../failure.ts';
import { readSale } from '../read-sale.ts';
import {
  answerRows,
  headRows,
  knownObject,
  OUTCOME,
  outcomeOfRequests,
  receiptObject,
  receiptRows,
  receiptWarnings,
  sealedObject,
  sealedRows,
} from '../sale-output.ts';

/** `shop-send <shop-id> [url]` */
export const run: Run = async ({ settings, terminal, world }) => {
  const { values } = settings;
  const { requests = 1 } = values;
  if (requests > 1 && values.saleId !== undefined) {
    throw new CliError(
      'usage',
      '--sale-id names one sale, so it cannot go with more than one request.',
      'Leave out one of the two.',
    );
  }
  await using shop = values.sandbox ? await openEmbeddedShop(settings, terminal) : undefined;
  const outbox = outboxOf(settings);
  if (settings.asked.has('existing') && values.outbox === undefined) {
    throw new CliError('usage', '--existing needs an outbox.', 'Name it with --outbox.');
  }
  const recorded = values.dryRun ? undefined : outbox;
  const overrides =
    outbox !== undefined && values.dryRun
      ? await (await import('../queue.ts')).rehearse({ settings, terminal }, outbox, shop?.overrides)
      : shop?.overrides;
  if (values.many) {
    const { sendMany } = await import('../queue.ts');
    return await sendMany({ settings, terminal, world }, recorded, overrides);
  }
  if (recorded !== undefined) {
    const { sendByOutbox } = await import('../queue.ts');
    return await sendByOutbox({ settings, terminal, world }, recorded, overrides);
  }
  const client = await openClient(settings, terminal, overrides);
  const sale = await readSale(values.file, world, terminal);
  const sender = new Sender({ settings, terminal, world }, client, sale);
  return await sender.sendAll(requests);
};

function originOf(fetchedAt: number | undefined, before: number): string {
  if (fetchedAt === undefined) return 'as --public-key gives it';
  return `from ${fetchedAt < before ? 'the cache, fetched' : 'KMS'} ${new Date(fetchedAt).toISOString()}`;
}

/**
 * The outbox to record in, or that a dry run looks into. The embedded shop, which forgets everything, takes none but one
 * that was named for it.
 */
function outboxOf({ values, asked }: Settings): string | undefined {
  if (values.sandbox && !asked.has('outbox')) return;
  return values.outbox;
}

/** Sends one sale so many times, each sealed anew, and tells of each. */
class Sender {
  readonly #context: Context;
  readonly #client: ShopClient<unknown>;
  readonly #sale: unknown;

  constructor(context: Context, client: ShopClient<unknown>, sale: unknown) {
    this.#context = context;
    this.#client = client;
    this.#sale = sale;
  }

  async sendAll(requests: number): Promise<ExitCode> {
    const codes: ExitCode[] = [];
    for (let number = 1; number <= requests; number += 1) {
      const { exitCode, goOn } = await this.#sendOne(number);
      codes.push(exitCode);
      if (goOn) continue;
      if (number < requests)
        this.#context.terminal.warning(`${requests - number} of ${requests} requests were not made.`);
      break;
    }
    return worst(codes);
  }

  async #sendOne(number: number): Promise<{ exitCode: ExitCode; goOn: boolean }> {
    const { settings, terminal, world } = this.#context;
    const { signal } = world;
    const startedAt = process.uptime();
    try {
      const sealed = await this.#seal(number);
      if (settings.values.dryRun) {
        terminal.result([], sealedObject(sealed, knownObject(this.#client.settings, number)));
        return { exitCode: EXIT.accepted, goOn: true };
      }
      const receipt = await this.#client.post(sealed, { signal });
      const durationMs = Math.round((process.uptime() - startedAt) * 1000);
      terminal.trace(`accepted after ${receipt.durationMs} ms, attempts: ${receipt.attempts}`);
      terminal.outcome(() => outcomeOfRequests(OUTCOME.accepted(receipt), number));
      terminal.result(receiptRows(receipt), receiptObject(receipt, number, durationMs));
      for (const sentence of receiptWarnings(receipt)) terminal.warning(sentence);
      return { exitCode: EXIT.accepted, goOn: true };
    } catch (error) {
      return this.#fail(error, number);
    }
  }

  async #seal(number: number): Promise<SealedSale> {
    const { settings, terminal, world } = this.#context;
    const { signal } = world;
    const before = Date.now();
    const sealed = await this.#client.seal(this.#sale, { saleId: settings.values.saleId, signal });
    if (number === 1) {
      const { kid, fetchedAt } = await this.#client.publicKey({ signal });
      terminal.trace(`key ${kid} ${originOf(fetchedAt, before)}`);
      terminal.result(headRows(this.#client.settings));
    }
    terminal.trace(
      `sealed ${sealed.saleId}, version ${sealed.protocol}, messages: ${sealed.messages.length}`,
    );
    terminal.result(sealedRows(sealed, number));
    return sealed;
  }

  #fail(error: unknown, number: number): { exitCode: ExitCode; goOn: boolean } {
    const { settings, terminal, world } = this.#context;
    const failure = explain(error, { settings, signal: world.signal, sentBefore: number - 1 });
    if (error instanceof DeliveryError && error.statusCode !== undefined) {
      terminal.result(answerRows({ statusCode: error.statusCode, content: error.content ?? '' }));
    }
    terminal.failure(failure, knownObject(this.#client.settings, number));
    return { exitCode: failure.exitCode, goOn: !failure.concernsAll };
  }
}
