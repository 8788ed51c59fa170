import { expect, test } from 'vitest';
import { alertsOf, noAlertmanager, PATIENCE, startAlerting } from './alerting.ts';
import { because, run } from './support.ts';

test.skipIf(noAlertmanager)(
  `an outage behind a certificate that ends soon, whose alert is silenced, is a page${because(noAlertmanager)}`,
  async () => {
    const { world, alertmanager, paged } = await startAlerting();
    await world.break(['certificate-soon']);
    await expect.poll(() => alertsOf(paged(), 'ShopCertificateEnds'), PATIENCE).toHaveLength(1);
    const at = `--alertmanager.url=http://${alertmanager.at}`;
    const silence = ['silence', 'add', '--comment=known', 'alertname=ShopCertificateEnds'];
    expect((await run('amtool', [at, ...silence])).status).toBe(0);

    await world.break(['certificate-soon', 'gateway-unmapped']);
    const checks = () => alertsOf(paged(), 'PathToShopBroken').map(({ labels }) => labels['check']);
    await expect.poll(checks, PATIENCE).toEqual(['gateway.mapping']);
    const [page] = alertsOf(paged(), 'PathToShopBroken');
    expect(page?.annotations['critical']).toBe('certificate.expiry (risk), gateway.mapping (delivery)');
    expect(alertsOf(paged(), 'ShopCertificateEnds')).toHaveLength(1);
  },
  180_000,
);
