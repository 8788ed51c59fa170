import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { ShopError, Till } from '@amis-shop/shop-client';
import { drainAndClose } from './drain.ts';
import { salesService } from './service.ts';

const { SHOP_SEND_URL: url = '', SHOP_SEND_CA: ca, SHOP_SEND_CONNECT: connect, ...env } = process.env;
const say = (fields: object) => process.stdout.write(`${JSON.stringify(fields)}\n`);

try {
  await serve();
} catch (error) {
  const { message } = error as Error;
  say({
    event: 'failed',
    message,
    ...(error instanceof ShopError && { code: error.code, hint: error.hint }),
  });
  process.exitCode = 1;
}

async function serve(): Promise<void> {
  /** Less than the orchestrator waits before it kills: Kubernetes waits 30 s, Docker and systemd 10 and 90 s. */
  const drainMs = wholeNumber('DRAIN_MS', 8_000, 3_600_000);
  const port = wholeNumber('PORT', 0, 65_535);
  await using till = await Till.open({
    shopId: env['SHOP_SEND_SHOP_ID'] ?? 'AMIS1',
    file: env['OUTBOX'] ?? './outbox.db',
    url,
    ...(ca && { ca: readFileSync(ca, 'utf8') }),
    ...(connect && { connect }),
    ...(env['KEY_CACHE_DIR'] && { keyCacheDir: env['KEY_CACHE_DIR'] }),
  });
  const ending = Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => name)));
  const service = salesService(till).listen(port, '127.0.0.1');
  await once(service, 'listening');
  say({ event: 'ready', port: (service.address() as AddressInfo).port, queued: till.status().queued });

  const signal = await ending;
  say({ event: 'draining', signal, queued: till.status().queued });
  const late = setTimeout(() => service.closeAllConnections(), drainMs);
  await new Promise((closed) => service.close(closed));
  clearTimeout(late);
  say({ event: 'stopped', ...(await drainAndClose(till, drainMs)) });
}

function wholeNumber(name: string, otherwise: number, most: number): number {
  const value = Number(env[name] ?? otherwise);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`${name} must be a whole number from 0 to ${most}.`);
}
