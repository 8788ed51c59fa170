import type { Till } from '@amis-shop/shop-client';
import type { BatchObservableResult, Meter } from '@opentelemetry/api';
import { NAMES, operation } from './attributes.ts';
import { listen } from './listen.ts';

/** Seconds. What lies in an outbox through a night is no outlier. */
const DELIVERY_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 3_600, 14_400, 43_200, 86_400];
const OPERATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 35];

/** Counts and times of what the tills of this process do. @returns ends it */
export function measureSales(meter: Meter): () => void {
  const duration = meter.createHistogram('messaging.client.operation.duration', {
    unit: 's',
    description: 'Time of one record() or one post.',
    advice: { explicitBucketBoundaries: OPERATION_BUCKETS },
  });
  const sent = meter.createCounter('messaging.client.sent.messages', {
    unit: '{message}',
    description: 'Posts, repeats included.',
  });
  const sales = meter.createCounter('amis_shop.sales', {
    unit: '{sale}',
    description: 'Sales that were recorded, accepted or rejected.',
  });
  const delivery = meter.createHistogram('amis_shop.sale.delivery.duration', {
    unit: 's',
    description: 'Time from record() to the acceptance by the shop.',
    advice: { explicitBucketBoundaries: DELIVERY_BUCKETS },
  });
  const count = (shopId: string, state: string) =>
    sales.add(1, { [NAMES.destination]: shopId, 'amis_shop.sale.state': state });
  return listen({
    'amis-shop.recorded': ({ shopId, durationMs }) => {
      duration.record(durationMs / 1000, operation('record', shopId));
      count(shopId, 'recorded');
    },
    'amis-shop.posted': ({ shopId, durationMs, code, statusCode }) => {
      const attributes = {
        ...operation('post', shopId),
        ...(statusCode !== undefined && { [NAMES.statusCode]: statusCode }),
        ...(code !== undefined && { [NAMES.errorType]: code }),
      };
      duration.record(durationMs / 1000, attributes);
      sent.add(1, attributes);
    },
    'amis-shop.accepted': ({ shopId, durationMs }) => {
      delivery.record(durationMs / 1000, { [NAMES.destination]: shopId });
      count(shopId, 'accepted');
    },
    'amis-shop.rejected': ({ shopId }) => count(shopId, 'rejected'),
  });
}

/** recorded = accepted + queued + rejected + resolved */
const STATES = ['recorded', 'accepted', 'queued', 'rejected', 'resolved'] as const;

/** How the queue of a till stands, whenever the metrics are read. @returns ends it; call it before close() */
export function measureQueue(meter: Meter, till: Till): () => void {
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableGauge(`amis_shop.outbox.${name}`, { unit, description });
  const gauges = {
    recorded: gauge(
      'recorded',
      '{sale}',
      'Sales that were ever recorded: accepted, queued, rejected and resolved.',
    ),
    accepted: gauge('accepted', '{sale}', 'Sales that the shop has accepted.'),
    queued: gauge('queued', '{sale}', 'Sales that wait for the shop.'),
    bytes: gauge('size', 'By', 'Size of the messages that wait.'),
    oldest: gauge('oldest.age', 's', 'Age of the sale that waits longest.'),
    rejected: gauge('rejected', '{sale}', 'Sales that the shop refused for good and nobody has resolved.'),
    resolved: gauge('resolved', '{sale}', 'Rejected sales that a person has closed.'),
    held: gauge('held', '1', '1 while nothing passes until somebody acts; error.type says why.'),
  };
  const observe = (result: BatchObservableResult) => {
    const { shopId, tillId, bytes, oldestQueuedAt, held, ...counts } = till.status();
    const labels = {
      [NAMES.destination]: shopId,
      ...(tillId !== undefined && { 'amis_shop.till.id': tillId }),
    };
    for (const state of STATES) result.observe(gauges[state], counts[state], labels);
    result.observe(gauges.bytes, bytes, labels);
    const age = oldestQueuedAt === undefined ? 0 : Math.max(0, (Date.now() - oldestQueuedAt) / 1000);
    result.observe(gauges.oldest, age, labels);
    result.observe(gauges.held, held ? 1 : 0, { ...labels, ...(held && { [NAMES.errorType]: held.code }) });
  };
  const all = Object.values(gauges);
  meter.addBatchObservableCallback(observe, all);
  return () => meter.removeBatchObservableCallback(observe, all);
}
