import manifest from '../../package.json' with { type: 'json' };
import type { Report } from '../core/report.ts';
import type { Metric } from '../render/metrics.ts';
import type { Board } from './board.ts';
import { Counters } from './counters.ts';
import type { Lane, Slots } from './slots.ts';

/** Why a probe was not made. */
export type Refusal = 'bad_request' | 'not_allowed' | 'unknown_module' | 'busy';

/** Where a request led; paths that strangers think of are all `other`. */
export type HandlerName = 'probe' | 'metrics' | 'healthz' | 'reload' | 'page' | 'target' | 'checks' | 'other';

/** What the exporter counts of itself. */
export class Metrics {
  readonly #checks = new Counters<{ origin: 'probe' | 'schedule'; status: Report['status'] }>();
  readonly #seconds = new Counters<Record<string, never>>();
  readonly #refusals = new Counters<{ reason: Refusal }>();
  readonly #requests = new Counters<{ handler: HandlerName; code: string }>();
  #reload = { successful: true, at: Date.now() };

  constructor() {
    for (const status of ['ok', 'warning', 'critical', 'unknown'] as const)
      for (const origin of ['probe', 'schedule'] as const) this.#checks.add({ origin, status }, 0);
    for (const reason of ['bad_request', 'not_allowed', 'unknown_module', 'busy'] as const)
      this.#refusals.add({ reason }, 0);
    this.#seconds.add({}, 0);
  }

  checked(lane: Lane, { status, duration_ms }: Report): void {
    this.#checks.add({ origin: lane === 'asked' ? 'probe' : 'schedule', status });
    this.#seconds.add({}, duration_ms / 1000);
  }

  refused(reason: Refusal): void {
    this.#refusals.add({ reason });
  }

  answered(handler: HandlerName, code: number): void {
    this.#requests.add({ handler, code: String(code) });
  }

  reloaded(successful: boolean): void {
    this.#reload = { successful, at: successful ? Date.now() : this.#reload.at };
  }

  families({ board, slots }: { board: Board; slots: Slots }): Metric[] {
    const checks = this.#checks.samples;
    const count = checks.reduce((sum, { value }) => sum + value, 0);
    const seconds = this.#seconds.samples[0]?.value ?? 0;
    return [
      gauge('infra_check_exporter_build_info', 'The version, always 1.', [
        { labels: { version: manifest.version, node: process.versions.node }, value: 1 },
      ]),
      counter('infra_check_exporter_checks_total', 'Checks by their result and by who wanted them.', checks),
      {
        name: 'infra_check_exporter_check_duration_seconds',
        type: 'summary',
        help: 'How long the checks took, without their waiting.',
        samples: [
          { labels: {}, suffix: '_sum', value: seconds },
          { labels: {}, suffix: '_count', value: count },
        ],
      },
      counter(
        'infra_check_exporter_refused_probes_total',
        'Probes that were not made.',
        this.#refusals.samples,
      ),
      single('infra_check_exporter_running_checks', 'Checks that run now.', slots.running),
      gauge('infra_check_exporter_waiting_checks', 'Checks that wait for a slot.', [
        { labels: { origin: 'probe' }, value: slots.waiting('asked') },
        { labels: { origin: 'schedule' }, value: slots.waiting('scheduled') },
      ]),
      gauge(
        'infra_check_exporter_targets',
        'Configured targets by their last result.',
        targetsByStatus(board),
      ),
      single(
        'infra_check_exporter_config_last_reload_successful',
        '1 where the last configuration was good, 0 where it was refused and the former one stays.',
        this.#reload.successful ? 1 : 0,
      ),
      single(
        'infra_check_exporter_config_last_reload_success_timestamp_seconds',
        'When the configuration in force was read.',
        this.#reload.at / 1000,
      ),
      counter('infra_check_exporter_http_requests_total', 'Requests answered.', this.#requests.samples),
      ...processFamilies(),
    ];
  }
}

function targetsByStatus(board: Board): { labels: { status: string }; value: number }[] {
  const counts = { ok: 0, warning: 0, critical: 0, unknown: 0, pending: 0 };
  for (const { history, isConfigured } of board.rows)
    if (isConfigured) counts[history.at(-1)?.status ?? 'pending'] += 1;
  return Object.entries(counts).map(([status, value]) => ({ labels: { status }, value }));
}

/** Names and meanings as the client libraries of Prometheus have them. */
function processFamilies(): Metric[] {
  const { user, system } = process.cpuUsage();
  const start = Date.now() / 1000 - process.uptime();
  return [
    counter('process_cpu_seconds_total', 'User and system CPU time.', [
      { labels: {}, value: (user + system) / 1e6 },
    ]),
    single('process_resident_memory_bytes', 'Resident memory.', process.memoryUsage.rss()),
    single('process_start_time_seconds', 'When the process began, since 1970.', start),
  ];
}

type Samples = Metric['samples'];

const counter = (name: string, help: string, samples: Samples): Metric => ({
  name,
  type: 'counter',
  help,
  samples,
});

const gauge = (name: string, help: string, samples: Samples): Metric => ({
  name,
  type: 'gauge',
  help,
  samples,
});

const single = (name: string, help: string, value: number): Metric =>
  gauge(name, help, [{ labels: {}, value }]);
