/** What takes minutes in the example takes as many times two seconds in a test: windows, waiting, and the steps of both. */
const SECONDS = 2;

const scaled = (count: string, unit: string): string =>
  `${Number(count) * (unit === 'h' ? 60 : 1) * SECONDS}s`;

/** The rules of Prometheus with their ranges and durations in seconds. */
export const inSeconds = (rules: string): string =>
  rules
    .replace(/\[(\d+)m(?::(\d+)m)?\]/g, (_, range: string, step?: string) =>
      step === undefined ? `[${scaled(range, 'm')}]` : `[${scaled(range, 'm')}:${scaled(step, 'm')}]`,
    )
    .replace(/for: (\d+)([mh])$/gm, (_, count: string, unit: string) => `for: ${scaled(count, unit)}`);

/** The configuration of Alertmanager likewise; half a minute of waiting becomes one second. */
export const waitingSeconds = (config: string): string =>
  config
    .replace(
      /(group_(?:wait|interval)|repeat_interval): (\d+)m$/gm,
      (_, key: string, count: string) => `${key}: ${scaled(count, 'm')}`,
    )
    .replace('group_wait: 30s', 'group_wait: 1s');
