import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, type SandboxOptions, startSandbox } from '@amis-shop/sandbox';
import { DeliveryError, ShopClient, type ShopClientOptions } from '@amis-shop/shop-client';
import { onTestFinished } from 'vitest';

export const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };
export const BOOKED_ONCE = { item: 's-12345', gross_number: '5', gross_turnover: '60.00', stock: '-5' };

/** One RSA key for all tests of a file: making one takes longer than the tests. */
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

export async function openShop(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ keys: { AMIS1: privateKey }, ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** A client of that sandbox that keeps no key on disk. */
export function clientOf(sandbox: Sandbox, options: Partial<ShopClientOptions> = {}): ShopClient {
  return new ShopClient({ ...settingsFor(sandbox), ...options });
}

export function settingsFor({ url, connect, ca, region, kmsEndpoint }: Sandbox): ShopClientOptions {
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  return {
    shopId: 'AMIS1',
    url,
    connect,
    ca,
    keyCacheDir: false,
    kms: { region, endpoint: kmsEndpoint, credentials },
  };
}

export async function failure(sending: Promise<unknown>): Promise<DeliveryError> {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DeliveryError) return error;
  throw new Error('the sale was accepted, or failed in another way', { cause: error });
}

/** Faults that the next posts meet, one each, in order; `''` is none. */
export function nextFaults(...names: string[]) {
  return { next: () => names.shift() || undefined, describe: () => names.join(', ') };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'amis-e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
