import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { BooksDocument } from '@amis-shop/sandbox';
import type { ShopAddress } from './shop-program.ts';

const PROGRAM = fileURLToPath(new URL('./shop-program.ts', import.meta.url));

/** A shop that runs as a process of its own, at its end of the line. */
export class ShopProcess implements Disposable {
  readonly address: ShopAddress;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  static async start(host: string, within: readonly string[]): Promise<ShopProcess> {
    const node = [process.execPath, '--conditions=source', PROGRAM, host];
    const [command = process.execPath, ...args] = [...within, ...node];
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const errors = text(child.stderr);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const { done, value } = await lines.next();
    if (done) throw new Error(`The shop did not start: ${await errors}`);
    return new ShopProcess(child, lines, JSON.parse(value) as ShopAddress);
  }

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, address: ShopAddress) {
    this.#child = child;
    this.#lines = lines;
    this.address = address;
  }

  /** Closes the shop. @returns its books */
  async close(): Promise<{ books: BooksDocument; posts: number }> {
    this.#child.stdin?.end('close\n');
    const { value } = await this.#lines.next();
    return JSON.parse(value as string);
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}
