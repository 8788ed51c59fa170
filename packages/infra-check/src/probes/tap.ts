import { Duplex } from 'node:stream';

/** OpenSSL refuses certificate lists above 100 KB, so whatever a handshake needs fits in. */
const MOST_BYTES = 262_144;

/** A connection whose first bytes from the server are kept until they are fetched. */
export class Tap extends Duplex {
  readonly #socket: Duplex;
  #kept: Buffer[] | undefined = [];
  #size = 0;

  constructor(socket: Duplex) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#keep(chunk);
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** What came so far; nothing is kept from here on. */
  firstBytes(): Buffer {
    const taken = Buffer.concat(this.#kept ?? []);
    this.#kept = undefined;
    return taken;
  }

  #keep(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size <= MOST_BYTES) this.#kept?.push(chunk);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, done);
  }

  /** In one packet, as far as it goes. */
  override _writev(parts: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#socket.write(Buffer.concat(parts.map(({ chunk }) => chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
