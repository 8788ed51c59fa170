import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { inSeconds, waitingSeconds } from './minutes.ts';
import { prometheusConfig, startAlertmanager, startPrometheus, type Watched } from './servers.ts';
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
  onTestFinished(() => world[Symbol.asyncDispose]());
  const targets = [{ target: world.open, module: 'shop' }];
  return { world, ...(await startNotifying(world.folder, new URL(world.url).host, targets)) };
}

/** Prometheus, Alertmanager and those who are notified, of an exporter at `HOST:PORT`. They end before what was started earlier does. */
export async function startNotifying(parent: string, exporter: string, targets: Watched['targets']) {
  const receiver = await recordWebhooks();
  const folder = mkdtempSync(join(parent, 'alerting-'));
  const rules = join(folder, 'alerts.yml');
  writeFileSync(rules, inSeconds(read('prometheus/alerts.yml')));
  const routes = read('prometheus/alertmanager.yml').replaceAll('127.0.0.1:9099', receiver.at);
  const alertmanager = await startAlertmanager(folder, waitingSeconds(routes));
  const config = prometheusConfig({ exporter, targets, rules, alertmanager: alertmanager.at });
  const prometheus = await startPrometheus(folder, config);
  onTestFinished(async () => {
    for (const { child } of [prometheus, alertmanager]) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    receiver[Symbol.dispose]();
  });
  const paged = () => receiver.received.filter((one) => one.receiver === 'pager');
  return { receiver, prometheus, alertmanager, paged };
}
