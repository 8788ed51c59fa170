import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BooksDocument, startSandbox } from '@amis-shop/sandbox';
import type { TillOptions } from '@amis-shop/shop-client';
import { Line } from './line.ts';

const FAULTS = 'lost-ack:0.1,reset:0.1,status-500:0.1';

/** The whole shop on this machine, with a bad line that can also be pulled. */
export interface PracticeShop extends AsyncDisposable {
  /** How a till gets there; its files lie in a folder that goes with the shop. */
  options: TillOptions;
  pageUrl: string;
  plugged(): boolean;
  plug(): Promise<void>;
  unplug(): Promise<void>;
  books(): BooksDocument;
}

export async function openPracticeShop(): Promise<PracticeShop> {
  const sandbox = await startSandbox({ faults: FAULTS });
  const folder = await mkdtemp(join(tmpdir(), 'register-'));
  const kms = new URL(sandbox.kmsEndpoint);
  const lines = await Promise.all([new URL(sandbox.url).port, kms.port].map((port) => Line.to(Number(port))));
  const [toShop, toKms] = lines as [Line, Line];
  kms.port = String(toKms.port);
  const unplug = async () => void (await Promise.all(lines.map((line) => line.unplug())));
  return {
    options: {
      shopId: 'AMIS1',
      tillId: 'till-07',
      url: sandbox.url,
      connect: `127.0.0.1:${toShop.port}`,
      ca: sandbox.ca,
      file: join(folder, 'outbox.db'),
      keyCacheDir: join(folder, 'keys'),
      kms: {
        region: sandbox.region,
        endpoint: kms.href,
        credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
      },
    },
    pageUrl: sandbox.pageUrl,
    plugged: () => toShop.plugged,
    plug: async () => void (await Promise.all(lines.map((line) => line.plug()))),
    unplug,
    books: () => sandbox.books(),
    [Symbol.asyncDispose]: async () => {
      await unplug();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
