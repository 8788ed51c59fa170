import type { TillStatus } from '@amis-shop/shop-client';

type Metric = readonly [name: string, type: 'gauge' | 'counter', help: string, value: number | undefined];

/**
 * The state of an outbox in the text format of Prometheus, version 0.0.4.
 * Source: prometheus.io/docs/instrumenting/exposition_formats. What is not known has no sample.
 */
export function prometheusText(
  { shopId, tillId, ...status }: TillStatus,
  { now, outdated }: { now: number; outdated: number | undefined },
): string {
  const { queued, bytes, oldestQueuedAt, rejected, held, recorded, accepted, sequenceConflict } = status;
  const age = oldestQueuedAt === undefined ? 0 : Math.max(0, (now - oldestQueuedAt) / 1000);
  const labels = Object.entries({ shop_id: shopId, ...(tillId !== undefined && { till_id: tillId }) })
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
  const metrics: Metric[] = [
    ['queued_sales', 'gauge', 'Sales that are recorded and neither accepted nor rejected.', queued],
    ['queued_bytes', 'gauge', 'Size of the sealed messages of the queued sales.', bytes],
    ['oldest_queued_age_seconds', 'gauge', 'Age of the oldest queued sale; 0 while none is queued.', age],
    ['rejected_sales', 'gauge', 'Sales that the shop refused; somebody must look at them.', rejected],
    ['held', 'gauge', '1 while nothing is delivered until somebody acts, else 0.', held ? 1 : 0],
    [
      'outdated_key_sales',
      'gauge',
      'Queued sales that were sealed for a key that the alias no longer names.',
      outdated,
    ],
    [
      'sequence_conflicts_total',
      'counter',
      'Numbers of this till that the shop had before, of other sales: a copied or restored outbox.',
      sequenceConflict?.count ?? 0,
    ],
    ['recorded_sales_total', 'counter', 'Sales that were ever recorded.', recorded],
    ['accepted_sales_total', 'counter', 'Sales that the shop has accepted.', accepted],
  ];
  return metrics
    .filter(([, , , value]) => value !== undefined)
    .map(([short, type, help, value]) => {
      const name = `amis_shop_outbox_${short}`;
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}{${labels}} ${value}\n`;
    })
    .join('');
}

const escaped = (value: string): string =>
  value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
