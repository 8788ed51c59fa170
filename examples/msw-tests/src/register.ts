import type { Till } from '@amis-shop/shop-client';
import { type Purchase, toSale } from './checkout.ts';

/** A register with an outbox: the customer never waits for the shop. */
export class Register {
  readonly #till: Till;
  /** What the cashier's screen says of sales that the shop refused. */
  readonly refused: string[] = [];

  constructor(till: Till) {
    this.#till = till;
    till.on('rejected', ({ seq, code }) => this.refused.push(`receipt ${seq} was refused: ${code}`));
  }

  /** Finishes a purchase; what it returns is printed below the customer's receipt. */
  async checkout(purchases: readonly Purchase[]): Promise<string> {
    const { seq } = await this.#till.record(toSale(purchases));
    return `receipt ${seq}`;
  }

  /** The line at the foot of the screen. */
  status(): string {
    const { queued, held } = this.#till.status();
    if (held) return `${queued} sales wait until somebody acts: ${held.code}`;
    return queued === 0 ? 'all sales are at the shop' : `${queued} sales wait for the shop`;
  }
}
