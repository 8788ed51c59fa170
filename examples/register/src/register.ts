import { ShopError, type Till } from '@amis-shop/shop-client';
import { type Article, saleOf } from './price-list.ts';
import { printedReceipt } from './receipt.ts';
import { queueLine, type Screen } from './screen.ts';

const REFRESH_MS = 500;

/** Sells, prints receipts, and shows how the sales get home. */
export class Register {
  readonly #till: Till;
  readonly #screen: Screen;
  readonly #refresh: NodeJS.Timeout;

  constructor(till: Till, screen: Screen) {
    this.#till = till;
    this.#screen = screen;
    till.on('rejected', ({ seq, message, hint }) =>
      screen.print(`!! The shop refused no. ${seq}: ${message} ${hint}`),
    );
    till.on('held', ({ message, hint }) => screen.print(`!! Sales wait: ${message} ${hint} Go on selling.`));
    till.on('resumed', () => screen.print('The shop takes sales again.'));
    for (const event of ['accepted', 'retrying'] as const) till.on(event, () => this.showQueue());
    this.#refresh = setInterval(() => this.showQueue(), REFRESH_MS);
  }

  /**
   * Gives a receipt only for what is on disk: one that is printed names a sale that cannot get lost.
   * @returns whether it was sold; if not, the basket is still the cashier's
   */
  async sell(basket: readonly Article[]): Promise<boolean> {
    try {
      const recorded = await this.#till.record(saleOf(basket));
      this.#screen.print(printedReceipt(basket, recorded));
      this.showQueue();
      return true;
    } catch (error) {
      if (!(error instanceof ShopError)) throw error;
      this.#screen.print(`!! NOT SOLD: ${error.message} ${error.hint}`);
      return false;
    }
  }

  /** An outbox in trouble does not end the register: record() refuses by name what it cannot keep. */
  showQueue(): void {
    try {
      this.#screen.show(queueLine(this.#till.status(), Date.now()));
    } catch (error) {
      if (!(error instanceof ShopError)) throw error;
      this.#screen.show(`!! ${error.message}`);
    }
  }

  /** Ends the day: what has not reached the shop by then stays in the outbox for the next. */
  async close(signal: AbortSignal): Promise<void> {
    clearInterval(this.#refresh);
    this.#till.removeAllListeners();
    const { queued } = await this.#till.close({ signal });
    this.#screen.show('');
    this.#screen.print(`Register closed; ${queued} sales wait in the outbox.`);
  }
}
