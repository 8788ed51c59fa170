import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { inSeconds, waitingSeconds } from './minutes.ts';
import { prometheusConfig, startAlertmanager, startPrometheus } from './servers.ts';
import { read, without } from './support.ts';
import { type Notification, recordWebhooks } from './webhooks.ts';
import { startWorld } from './world.ts';

/** Why there can be no notifications here; false where there can. */
export const noAlertmanager =
  without('prometheus', 'prometheus') || without('prometheus-alertmanager', 'prometheus-alertmanager');

/** For polling. */
export const PATIENCE = { timeout: 60_000, interval: 200 };

export const alertsOf = (notifications: readonly Notification[], alertname: string) =>
  notifications.flatMap(({ alerts }) => alerts.filter(({ labels }) => labels['alertname'] === alertname));

/** Everything of the example, on loopback: sandbox, exporter, Prometheus, Alertmanager and those who are notified. */
export async function startAlerting() {
  const world = await startWorld();
  const receiver = await recordWebhooks();
  const folder = mkdtempSync(join(world.folder, 'alerting-'));
  const rules = join(folder, 'alerts.yml');
  writeFileSync(rules, inSeconds(read('prometheus/alerts.yml')));
  const routes = read('prometheus/alertmanager.yml').replaceAll('127.0.0.1:9099', receiver.at);
  const alertmanager = await startAlertmanager(folder, waitingSeconds(routes));
  const config = prometheusConfig({
    exporter: new URL(world.url).host,
    targets: [{ target: world.open, module: 'shop' }],
    rules,
    alertmanager: alertmanager.at,
  });
  const prometheus = await startPrometheus(folder, config);
  onTestFinished(async () => {
    for (const { child } of [prometheus, alertmanager]) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    receiver[Symbol.dispose]();
    await world[Symbol.asyncDispose]();
  });
  const paged = () => receiver.received.filter((one) => one.receiver === 'pager');
  return { world, receiver, prometheus, alertmanager, paged };
}
