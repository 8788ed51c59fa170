import type { Recorded, Till } from '@amis-shop/shop-client';
import type { Overrides } from '../client.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode, worst } from '../exit-codes.ts';
import { explain } from '../failure.ts';
import { readSale } from '../read-sale.ts';
import {
  headRows,
  knownObject,
  OUTCOME,
  outcomeOfRequests,
  type SealedFor,
  sealedRows,
} from '../sale-output.ts';
import { UNVERIFIED } from './entry-output.ts';
import { OneByOne } from './one-sale.ts';
import { newOutbox, prepareTill } from './open.ts';

/** `shop-send <shop-id> [url] --outbox FILE`: recorded first, then delivered. */
export async function sendByOutbox(
  context: Context,
  file: string,
  embedded: Overrides | undefined,
): Promise<ExitCode> {
  const { settings, terminal, world } = context;
  const { sealedFor, open } = await prepareTill(context, { file, deliver: false, embedded });
  const sale = await readSale(settings.values.file, world, terminal);
  await using till = await open();
  const { requests = 1 } = settings.values;
  const sender = new Sender(context, till, { file, sealedFor, sale });
  const codes: ExitCode[] = [];
  for (let number = 1; number <= requests; number += 1) {
    const { exitCode, goOn } = await sender.sendOne(number);
    codes.push(exitCode);
    if ((goOn && !world.signal.aborted) || number === requests) continue;
    terminal.warning(`${requests - number} of ${requests} requests were not made.`);
    if (world.signal.aborted) codes.push(EXIT.interrupted);
    break;
  }
  return worst(codes);
}

interface Given {
  file: string;
  sealedFor: SealedFor;
  sale: unknown;
}

class Sender {
  readonly #context: Context;
  readonly #till: Till<unknown>;
  readonly #given: Given;
  readonly #oneByOne: OneByOne;

  constructor(context: Context, till: Till<unknown>, given: Given) {
    this.#context = context;
    this.#till = till;
    this.#given = given;
    this.#oneByOne = new OneByOne(context, till, given.file);
  }

  async sendOne(number: number): Promise<{ exitCode: ExitCode; goOn: boolean }> {
    const { settings, terminal, world } = this.#context;
    const { signal } = world;
    const { sealedFor, sale } = this.#given;
    const startedAt = process.uptime();
    const known = knownObject(sealedFor, number);
    let recorded: Recorded;
    try {
      recorded = await this.#till.record(sale, { saleId: settings.values.saleId, signal });
    } catch (error) {
      const failure = explain(error, { settings, signal, sentBefore: number - 1 });
      terminal.failure(failure, known);
      return { exitCode: failure.exitCode, goOn: false };
    }
    this.#tellRecorded(recorded, number);
    const settled = await this.#oneByOne.deliver(recorded);
    const { repeated, unverified, created } = recorded;
    const more = {
      ...known,
      ...(repeated && { repeated }),
      ...(unverified && { unverified }),
      ...(created && { created }),
    };
    return { exitCode: this.#oneByOne.tell(settled, { known: more, number, startedAt }), goOn: true };
  }

  #tellRecorded({ saleId, seq, repeated, unverified, created }: Recorded, number: number): void {
    const { terminal } = this.#context;
    terminal.outcome(() => outcomeOfRequests(OUTCOME.recorded({ saleId, seq }), number));
    terminal.trace(`recorded ${saleId} as number ${seq}`);
    if (created) terminal.note(newOutbox(this.#given.file));
    if (number === 1) terminal.result(headRows(this.#given.sealedFor));
    if (repeated) {
      const doubt = unverified
        ? ` It could not be compared with the sale that was recorded then. ${UNVERIFIED}`
        : '';
      terminal.warning(`The sale ${saleId} was recorded before; it is not recorded again.${doubt}`);
    }
    if (terminal.json) return;
    const { messages = [] } = this.#till.find(saleId) ?? {};
    terminal.result(sealedRows({ messages }, number));
  }
}
