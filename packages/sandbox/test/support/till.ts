import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuthSettings, ShopClient, type ShopClientOptions, Till } from '@amis-shop/shop-client';
import { onTestFinished } from 'vitest';
import type { Sandbox, SandboxAdmission } from '../../src/index.ts';

const CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

type Options = Partial<ShopClientOptions>;

const optionsFor = (sandbox: Sandbox, options: Options): ShopClientOptions => ({
  shopId: 'AMIS1',
  url: sandbox.url,
  connect: sandbox.connect,
  ca: sandbox.ca,
  keyCacheDir: false,
  kms: { region: sandbox.region, endpoint: sandbox.kmsEndpoint, credentials: CREDENTIALS },
  maxAttempts: 1,
  ...options,
});

export const clientOf = (sandbox: Sandbox, options: Options = {}): ShopClient =>
  new ShopClient(optionsFor(sandbox, options));

/** The path of an outbox, gone when the test ends. */
export function outboxFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-till-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'outbox.db');
}

/** A till, closed when the test ends. */
export async function tillOf(
  sandbox: Sandbox,
  file: string,
  options: Options & { deliver?: boolean } = {},
): Promise<Till> {
  const till = await Till.open({ ...optionsFor(sandbox, options), file });
  onTestFinished(async () => void (await till.close({ signal: AbortSignal.abort() })));
  return till;
}

/** All that the sandbox can demand of a till but a signed sale. */
export function everyProof(
  sandbox: Sandbox,
): Required<Pick<AuthSettings, 'cert' | 'key' | 'sigV4' | 'apiKey'>> {
  const { certificate, apiKey } = sandbox.admission as SandboxAdmission;
  return { cert: certificate.cert, key: certificate.key, sigV4: { credentials: CREDENTIALS }, apiKey };
}
