import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, win32 } from 'node:path';
import type { Sandbox } from '@amis-shop/sandbox';
import type { Windows, WindowsEnd, WindowsRun } from './wine.ts';

/** `shop-send` of one till on Windows, which works in a folder of its own on C:. */
export class WindowsTill {
  readonly outbox: string;
  readonly #windows: Windows;
  readonly #shop: Sandbox;
  readonly #program: string;
  readonly #folder: string;

  constructor(windows: Windows, shop: Sandbox, { program, folder }: { program: string; folder: string }) {
    this.#windows = windows;
    this.#shop = shop;
    this.#program = program;
    this.#folder = folder;
    this.outbox = this.file('outbox.db');
    this.write('ca.pem', shop.ca);
  }

  /** As Windows names it. */
  file(name: string): string {
    return win32.join('C:\\', this.#folder, name);
  }

  /** As this machine names it. */
  path(name: string): string {
    return this.#windows.path(join(this.#folder, name));
  }

  /** @returns its name on Windows */
  write(name: string, content: string): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
    return this.file(name);
  }

  run(...args: string[]): Promise<WindowsEnd> {
    return this.start(...args).ended();
  }

  start(...args: string[]): WindowsRun {
    return this.#windows.start([this.#program, ...args], this.#settings());
  }

  /** Runs a script of Node there. */
  script(source: string): WindowsRun {
    return this.#windows.start(['-e', source]);
  }

  #settings(): Record<string, string> {
    const { url, connect, kmsEndpoint, region } = this.#shop;
    return {
      SHOP_SEND_URL: url,
      SHOP_SEND_CONNECT: connect,
      SHOP_SEND_CA: this.file('ca.pem'),
      AWS_ENDPOINT_URL_KMS: kmsEndpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'sandbox',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
    };
  }
}
