/** A shop at the far end of a line: says where it is, and after a line on standard input what its books say. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type BooksDocument, startSandbox } from '@amis-shop/sandbox';
import { watchGateway } from '../crash/watched-gateway.ts';

/** Each line of it. */
export type ShopLine = ShopAddress | { books: BooksDocument; posts: number };

export interface ShopAddress {
  url: string;
  ca: string;
  connect: string;
  /** PEM of the key that sales are sealed for. */
  publicKey: string;
}

const [host = '127.0.0.1'] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const sandbox = await startSandbox({ keys: { AMIS1: privateKey }, delayMs: 3 });
const gateway = await watchGateway(sandbox, host);
const { url, ca } = sandbox;
const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
say({ url, ca, publicKey, connect: gateway.connect });

await once(createInterface(process.stdin), 'line');
say({ books: sandbox.books(), posts: gateway.posts });
await gateway.close();
await sandbox.close();
process.exit();

function say(line: ShopLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
