import { describe, expect, onTestFinished, test } from 'vitest';
import { alertsOf, noAlertmanager, PATIENCE, startAlerting } from './alerting.ts';
import { BIN, startExporter } from './exporter.ts';
import { ask } from './servers.ts';
import { because, path, run, without } from './support.ts';

const noAmtool = without('amtool', 'prometheus-alertmanager');

describe.skipIf(noAmtool)(`amtool${because(noAmtool)}`, () => {
  test('accepts the configuration of Alertmanager', async () => {
    expect((await run('amtool', ['check-config', path('prometheus/alertmanager.yml')])).status).toBe(0);
  });

  test.each([
    ['PathToShopBroken', 'critical', 'pager'],
    ['InfraCheckExporterDown', 'critical', 'pager'],
    ['ShopAtRisk', 'warning', 'tickets'],
    ['PathToShopNeedsCare', 'info', 'tickets'],
    ['InfraCheckWatchdog', 'none', 'watchdog'],
  ])('%s, which is %s, goes to the %s', async (alertname, severity, receiver) => {
    const labels = [`alertname=${alertname}`, `severity=${severity}`];
    const file = `--config.file=${path('prometheus/alertmanager.yml')}`;
    const { stdout } = await run('amtool', ['config', 'routes', 'test', file, ...labels]);
    expect(stdout.trim()).toBe(receiver);
  });
});

test.skipIf(noAlertmanager)(
  `an outage is one page that names the check; neither a change of check nor the end of the exporter resolves it${because(noAlertmanager)}`,
  async () => {
    const { world, receiver, prometheus, paged } = await startAlerting();
    const { received } = receiver;
    const heartbeats = () => received.filter((one) => one.receiver === 'watchdog').length;
    await expect.poll(heartbeats, PATIENCE).toBeGreaterThan(0);
    await expect.poll(() => ask(prometheus, 'probe_success == 1'), PATIENCE).toHaveLength(1);
    expect(paged()).toEqual([]);

    await world.break(['gateway-unmapped']);
    await expect.poll(paged, PATIENCE).toHaveLength(1);
    const [page] = paged();
    expect(page).toMatchObject({ status: 'firing', alerts: [{ labels: { check: 'gateway.mapping' } }] });
    const annotations = alertsOf(paged(), 'PathToShopBroken')[0]?.annotations ?? {};
    expect(annotations['summary']).toContain(`Tills cannot deliver to ${world.open}, at gateway.mapping: `);
    expect(annotations['critical']).toBe('gateway.mapping (delivery)');
    const report = await fetch(annotations['dashboard'] ?? '');
    expect({ status: report.status, url: annotations['runbook_url'] }).toEqual({
      status: 200,
      url: `${world.url}/checks#gateway.mapping`,
    });
    const [, ...words] = (annotations['command'] ?? '')
      .replace('/etc/infra-check/infra-check.yaml', world.config)
      .split(' ');
    const byHand = await run(process.execPath, ['--conditions=source', BIN, ...words]);
    expect(byHand).toMatchObject({ status: 2, stdout: expect.stringContaining('gateway.mapping') });

    await world.break(['certificate-wrong-name']);
    const checks = () => alertsOf(paged(), 'PathToShopBroken').map(({ labels }) => labels['check']);
    await expect.poll(checks, PATIENCE).toContain('certificate.name');
    world.child.kill('SIGKILL');
    await expect.poll(() => alertsOf(paged(), 'InfraCheckExporterDown'), PATIENCE).toHaveLength(1);
    const beats = heartbeats();
    await expect.poll(heartbeats, PATIENCE).toBeGreaterThan(beats + 2);
    expect(paged().flatMap(({ alerts }) => alerts.filter(({ status }) => status === 'resolved'))).toEqual([]);
    expect(alertsOf(received, 'PathToShopProbeFails')).toEqual([]);
    expect(alertsOf(received, 'InfraCheckExporterDown')).toHaveLength(1);

    await world.break([]);
    const again = await startExporter(world.config, new URL(world.url).host);
    onTestFinished(() => void again.child.kill('SIGKILL'));
    const mended = () => alertsOf(paged(), 'PathToShopBroken').filter(({ status }) => status === 'resolved');
    await expect.poll(() => mended().length, PATIENCE).toBeGreaterThan(0);
    expect(await ask(prometheus, 'ALERTS{alertname="PathToShopBroken"}')).toEqual([]);
  },
  240_000,
);
