/**
 * Counts, as a line on standard output from which CloudWatch makes metrics: no call, no permission, nothing to wait for.
 * Source: Amazon CloudWatch User Guide, "Embedded metric format specification".
 * @param dimensions whose values have few different values, such as a shop of the registry, since each set of them is a metric
 */
export function count(
  metrics: Readonly<Record<string, number>>,
  dimensions: Readonly<Record<string, string>> = {},
  fields: Readonly<Record<string, string | number | undefined>> = {},
): void {
  const directive = {
    Namespace: process.env['METRICS_NAMESPACE'] ?? 'AmisShop',
    Dimensions: [Object.keys(dimensions)],
    Metrics: Object.keys(metrics).map((name) => ({ Name: name, Unit: 'Count' })),
  };
  const line = {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] },
    ...dimensions,
    ...metrics,
    ...fields,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
