import type { TillStatus } from '@amis-shop/shop-client';

/** Lines that scroll, and below them one that stays; only the former where nobody watches. */
export class Screen {
  readonly #output: NodeJS.WriteStream;
  #line = '';

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  print(text = ''): void {
    this.#output.write(`${this.#erase}${text}\n${this.#line}`);
  }

  /** Replaces the line that stays. */
  show(line: string): void {
    if (!this.#output.isTTY) return;
    const fitting = line.slice(0, (this.#output.columns || 80) - 1);
    if (fitting === this.#line) return;
    this.#output.write(this.#erase + fitting);
    this.#line = fitting;
  }

  get #erase(): string {
    return this.#line === '' ? '' : '\r\x1b[K';
  }
}

/** The queue in one line. */
export function queueLine({ queued, oldestQueuedAt, held, rejected }: TillStatus, now: number): string {
  const age =
    oldestQueuedAt === undefined ? '-' : `${Math.max(0, Math.round((now - oldestQueuedAt) / 1000))} s`;
  return `queued ${queued} | oldest ${age} | held ${held?.code ?? 'no'} | rejected ${rejected}`;
}
