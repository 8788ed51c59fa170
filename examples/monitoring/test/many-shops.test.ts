import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { alertsOf, noAlertmanager, PATIENCE, startNotifying } from './alerting.ts';
import { because } from './support.ts';

const SHOPS = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}.test`);

/** Stands in for an exporter of many shops, each of which has one broken check or none. */
async function startShops(broken: ReadonlyMap<string, string>): Promise<string> {
  const server = createServer((request, response) => {
    const target = new URL(request.url ?? '', 'http://exporter').searchParams.get('target') ?? '';
    const check = broken.get(target);
    const info = `check="${check}",status="critical",affects="delivery",summary="It is broken.",fix="Mend it."`;
    response.end(
      `infra_check_path_status ${check ? 2 : 0}\n${check ? `infra_check_finding_info{${info}} 1\n` : ''}`,
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.skipIf(noAlertmanager)(
  `a shop that stays broken after most were, and one that breaks later of another cause, are pages of their own${because(noAlertmanager)}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shops-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const broken = new Map<string, string>();
    const exporter = await startShops(broken);
    const targets = SHOPS.map((target) => ({ target, module: 'shop' }));
    const { receiver } = await startNotifying(folder, exporter, targets);
    const most = () => alertsOf(receiver.received, 'PathsToShopsBroken');
    /** Shops and whether they fire, in the order of the pages. */
    const shops = () =>
      alertsOf(receiver.received, 'PathToShopBroken').map(
        ({ status, labels }) => `${labels['instance']} ${status}`,
      );

    for (const shop of SHOPS.slice(0, 4)) broken.set(shop, 'gateway.mapping');
    await expect.poll(most, PATIENCE).toHaveLength(1);
    expect(most()[0]?.annotations['summary']).toMatch(
      /^Tills cannot deliver to [34] of 6 shops that are watched\.$/,
    );
    for (const shop of SHOPS.slice(1, 4)) broken.delete(shop);
    await expect.poll(() => most().map(({ status }) => status), PATIENCE).toContain('resolved');
    await expect.poll(shops, PATIENCE).toContain('a.test firing');

    broken.set('e.test', 'certificate.trust');
    await expect.poll(shops, PATIENCE).toContain('e.test firing');
    expect(most().filter(({ status }) => status === 'firing').length).toBeLessThanOrEqual(2);
  },
  240_000,
);
