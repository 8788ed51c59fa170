import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Till } from '@amis-shop/shop-client';
import { drainAndClose } from './drain.ts';
import { salesService } from './service.ts';

const { SHOP_SEND_URL: url = '', SHOP_SEND_CA: ca, SHOP_SEND_CONNECT: connect, ...env } = process.env;
/** Less than the orchestrator waits before it kills: Kubernetes waits 30 s, Docker and systemd 10 and 90 s. */
const drainMs = Number(env['DRAIN_MS'] ?? 8_000);
const say = (fields: object) => process.stdout.write(`${JSON.stringify(fields)}\n`);

const till = await Till.open({
  shopId: env['SHOP_SEND_SHOP_ID'] ?? 'AMIS1',
  file: env['OUTBOX'] ?? './outbox.db',
  url,
  ...(ca && { ca: readFileSync(ca, 'utf8') }),
  ...(connect && { connect }),
  ...(env['KEY_CACHE_DIR'] && { keyCacheDir: env['KEY_CACHE_DIR'] }),
});
const ending = Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => name)));
const service = salesService(till).listen(Number(env['PORT'] ?? 0), '127.0.0.1');
await once(service, 'listening');
say({ event: 'ready', port: (service.address() as AddressInfo).port, queued: till.status().queued });

const signal = await ending;
say({ event: 'draining', signal, queued: till.status().queued });
await new Promise((closed) => service.close(closed));
say({ event: 'stopped', ...(await drainAndClose(till, drainMs)) });
