import type { TillStatus } from '@amis-shop/shop-client';

interface Metric {
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  /** What is not known has no sample. */
  value: number | undefined;
  /** Beside those that all of them have. */
  labels?: Readonly<Record<string, string>>;
}

export interface Watched {
  /** Milliseconds since 1970. */
  now: number;
  /** Sales for other keys than the present one; `undefined` where no key is known. */
  outdated: number | undefined;
  /** Of this command. */
  version: string;
}

/**
 * The state of an outbox in the text format of Prometheus, version 0.0.4: times, not ages, so that a file that nobody renews
 * does not look healthy. The labels tell two outboxes of one machine apart.
 * Source: prometheus.io/docs/instrumenting/exposition_formats
 */
export function prometheusText(status: TillStatus, watched: Watched): string {
  const { shopId, tillId, file } = status;
  const common = { shop_id: shopId, ...(tillId !== undefined && { till_id: tillId }), outbox: file };
  return [...countsOf(status, watched), ...timesOf(status, watched), ...stateOf(status, watched)]
    .filter(({ value }) => value !== undefined)
    .map(({ name, type, help, value, labels }) => {
      const full = `amis_shop_outbox_${name}`;
      const sample = `${full}{${labelsText({ ...common, ...labels })}} ${value}`;
      return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${sample}\n`;
    })
    .join('');
}

function countsOf(status: TillStatus, { outdated }: Watched): Metric[] {
  const { queued, bytes, rejected, recorded, accepted, resolved, sequenceConflict, saleIdConflict } = status;
  return [
    gauge('queued_sales', 'Sales that wait for the shop.', queued),
    gauge('queued_bytes', 'Size of the sealed messages of the queued sales.', bytes),
    gauge('rejected_sales', 'Rejected sales that are not resolved.', rejected),
    gauge(
      'outdated_key_sales',
      'Queued sales that were sealed for a key that the alias no longer names.',
      outdated,
    ),
    gauge(
      'rescued_files',
      'Files beside the outbox with sales that a till saved there and nobody has delivered.',
      status.rescued.length,
    ),
    counter('recorded_sales_total', 'Sales that were ever recorded.', recorded),
    counter('accepted_sales_total', 'Sales that the shop has accepted.', accepted),
    counter('resolved_sales_total', 'Rejected sales that a person has closed.', resolved),
    counter(
      'sequence_conflicts_total',
      'Sequence numbers of this till that the shop received before, with other sales: a copied or restored outbox.',
      sequenceConflict?.count ?? 0,
    ),
    counter(
      'sale_id_conflicts_total',
      'Sales that the shop accepted and did not book, because it had their ids before, of other sales.',
      saleIdConflict?.count ?? 0,
    ),
  ];
}

function timesOf(status: TillStatus, { now }: Watched): Metric[] {
  const { oldestQueuedAt, lastRecordedAt, lastAcceptedAt, held, clockOffsetMs } = status;
  return [
    time('oldest_queued_timestamp_seconds', 'When the oldest queued sale was recorded.', oldestQueuedAt),
    time('last_recorded_timestamp_seconds', 'When the newest sale was recorded.', lastRecordedAt),
    time('last_accepted_timestamp_seconds', 'When the newest accepted sale was accepted.', lastAcceptedAt),
    time('held_since_timestamp_seconds', 'Since when delivery is paused.', held?.since),
    time('snapshot_timestamp_seconds', "When this was read, by the till's own clock.", now),
    gauge(
      'clock_offset_seconds',
      "How far the shop's clock is ahead of the till's, if known.",
      clockOffsetMs === undefined ? undefined : clockOffsetMs / 1000,
    ),
  ];
}

function stateOf(
  { held, delivering, deliverer, url, openingProblem }: TillStatus,
  { version }: Watched,
): Metric[] {
  const info = (name: string, help: string, labels: Record<string, string> | undefined): Metric => ({
    ...gauge(name, help, labels && 1),
    ...(labels && { labels }),
  });
  return [
    gauge('held', '1 while delivery is paused until the cause is fixed, else 0.', held ? 1 : 0),
    gauge(
      'unopenable',
      '1 while no till opens the outbox: it has a second name or is mounted as a single file, else 0.',
      openingProblem ? 1 : 0,
    ),
    info('held_info', 'Why delivery is paused.', held && { reason: held.code }),
    gauge('delivering', '1 while a process delivers, else 0.', delivering === 'nobody' ? 0 : 1),
    info(
      'deliverer_info',
      'The process that delivers.',
      deliverer && { host: deliverer.host, pid: String(deliverer.pid) },
    ),
    info('info', 'The release of shop-send that read this, and where the till sends its sales.', {
      version,
      url,
    }),
  ];
}

const gauge = (name: string, help: string, value: number | undefined): Metric => ({
  name,
  type: 'gauge',
  help,
  value,
});

const counter = (name: string, help: string, value: number): Metric => ({
  name,
  type: 'counter',
  help,
  value,
});

const time = (name: string, help: string, at: number | undefined): Metric =>
  gauge(name, help, at === undefined ? undefined : at / 1000);

const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');

const escaped = (value: string): string =>
  value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
