import type { ServerResponse } from 'node:http';

const AT_MOST_EVERY_MS = 100;

/** Server-sent events (WHATWG HTML, 9.2): the whole document on each change, ten times a second at most. */
export class Feed {
  readonly #document: () => object;
  readonly #readers = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;

  constructor(document: () => object) {
    this.#document = document;
  }

  add(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    this.#readers.add(response);
    response.once('close', () => this.#readers.delete(response));
    response.write(this.#event());
  }

  changed(): void {
    if (this.#readers.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#publish(), AT_MOST_EVERY_MS).unref();
  }

  #publish(): void {
    this.#timer = undefined;
    const event = this.#event();
    for (const reader of this.#readers) reader.write(event);
  }

  #event(): string {
    return `data: ${JSON.stringify(this.#document())}\n\n`;
  }
}
