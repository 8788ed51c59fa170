import type { CheckName } from './checks.ts';
import type { Finding } from './finding.ts';
import type { ConnectionObservation, HttpAnswer, Observations } from './observations.ts';
import { worstOf } from './status.ts';

/** What AWS takes as the time of a signed request. */
const MOST_OFF_MS = 300_000;

/** Node's codes for certificates that are refused by the clock of this machine. */
const BY_DATE: ReadonlySet<string | null> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** Whether nothing but a date speaks against the connection: it may be the clock that is wrong. */
export const isRefusedByDate = ({ outcome, openssl_error: error }: ConnectionObservation): boolean =>
  outcome === 'established' && BY_DATE.has(error);

/**
 * How far the gateway's clock is before that of this machine, in milliseconds, by the Date of its answers; below zero
 * where it is behind. Null where nobody told, or the two agree: what one answer confirms is no fault of this clock.
 * @param run when it began, in milliseconds since the epoch, and how long it took
 */
export function clockOffsetMs(
  { connections = [], gateways = [] }: Observations,
  run: { startedAt: number; durationMs: number },
): number | null {
  const offsets = [
    ...connections.flatMap(({ clock_offset_ms: offset }) => offset ?? []),
    ...gateways.flatMap(({ get }) => dateOf(get)).map((date) => date - run.startedAt),
  ];
  const [least] = offsets.toSorted((a, b) => Math.abs(a) - Math.abs(b));
  return least === undefined || Math.abs(least) <= MOST_OFF_MS + run.durationMs ? null : least;
}

/** As HTTP writes it; what Date.parse takes besides, such as `1`, is no time. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Seconds. A greater Age, or one that is no number, is more likely wrong than the clock. */
const MOST_AGE_S = 7 * 86_400;

/** When the answer was made, plus the time that a cache kept it. Empty where it does not say, or not credibly. */
export function dateOf(answer: HttpAnswer | null): number[] {
  const { date = '', age = '0' } = answer?.headers ?? {};
  const at = HTTP_DATE.test(date) ? Date.parse(date) : Number.NaN;
  const isCredible = /^\d{1,7}$/.test(age) && Number(age) <= MOST_AGE_S;
  return Number.isFinite(at) && isCredible ? [at + Number(age) * 1000] : [];
}

const DATES: readonly CheckName[] = [
  'certificate.not-before',
  'certificate.expiry',
  'certificate.chain-expiry',
];

export interface BothClocks {
  /** By the clock of this machine. */
  findings: readonly Finding[];
  /** The same by the gateway's. */
  corrected: readonly Finding[];
  offsetMs: number;
  seen: Observations;
}

/**
 * Says that the clocks differ before anybody else is blamed. What only one of the two finds is unknown. A header proves
 * nothing against a handshake that Node accepts, so what only the gateway's finds stops tills only where Node refuses dates.
 */
export function withClockNamed({ findings, corrected, offsetMs, seen }: BothClocks): Finding[] {
  const connections = seen.connections ?? [];
  const byCheck = new Map(corrected.map((one) => [one.check, one]));
  const isDateAlone =
    connections.every((one) => one.openssl_error === null || isRefusedByDate(one)) &&
    DATES.every((check) => byCheck.get(check)?.status !== 'critical');
  const isRefused = connections.some(isRefusedByDate);
  return findings.map((one) => {
    const other = byCheck.get(one.check) ?? one;
    const isClocks = one.check === 'certificate.trust' && one.status === 'critical' && isDateAlone;
    if (isClocks || isWorse(one, other)) return doubtful(one, offsetMs);
    if (!isWorse(other, one)) return one;
    return isRefused ? overlooked(other, offsetMs) : atMostRisk(overlooked(other, offsetMs));
  });
}

const isWorse = (one: Finding, other: Finding): boolean =>
  one.status !== other.status && worstOf([one.status, other.status]) === one.status && one.status !== 'ok';

const WHICH = 'Find out which clock is off, by NTP (`timedatectl`) or by a check from another host.';

const doubtful = (one: Finding, offsetMs: number): Finding => ({
  ...one,
  status: 'unknown',
  summary: `The clock of this machine is ${offText(offsetMs)} the gateway's, and either may be off; by this machine's: ${one.summary}`,
  fix: [WHICH, "If it is this machine's, set it and check again. If not:", one.fix].filter(Boolean).join(' '),
});

const overlooked = (other: Finding, offsetMs: number): Finding => ({
  ...other,
  summary: `By the gateway's clock: ${other.summary} That of this machine is ${offText(offsetMs)} it, and either may be off.`,
  fix: [WHICH, "If it is this machine's, set it and check again, and:", other.fix].filter(Boolean).join(' '),
});

const atMostRisk = (one: Finding): Finding => ({
  ...one,
  status: one.status === 'critical' ? 'unknown' : one.status,
  affects: 'risk',
});

const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const;

/** `400 days ahead of`, `2 hours behind`. */
function offText(offsetMs: number): string {
  const ms = Math.abs(offsetMs);
  const [unit, size] = UNITS.find(([, one]) => ms >= 2 * one) ?? (['minutes', 60_000] as const);
  return `${Math.round(ms / size)} ${unit} ${offsetMs < 0 ? 'ahead of' : 'behind'}`;
}
