import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SandboxOptions, startSandbox } from '@amis-shop/sandbox';
import { Till, type TillOptions } from '@amis-shop/shop-client';
import { onTestFinished } from 'vitest';

export const SECRET = 'sandbox-secret-credential';
export const SALE = { sales: [{ item_no: '9876501234567', gross_number: '77', gross_turnover: '4321.09' }] };

/** A till before a shop of the test's own. */
export async function openTill(shop: SandboxOptions = {}, options: Partial<TillOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'telemetry-'));
  const sandbox = await startSandbox(shop);
  const till = await Till.open({
    shopId: 'AMIS1',
    tillId: 'till-07',
    url: sandbox.url,
    connect: sandbox.connect,
    ca: sandbox.ca,
    file: join(folder, 'outbox.db'),
    keyCacheDir: false,
    kms: {
      region: sandbox.region,
      endpoint: sandbox.kmsEndpoint,
      credentials: { accessKeyId: 'sandbox', secretAccessKey: SECRET },
    },
    ...options,
  });
  onTestFinished(async () => {
    await till.close({ signal: AbortSignal.abort() });
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { till, sandbox };
}
