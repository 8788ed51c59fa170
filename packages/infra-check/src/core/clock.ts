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

/** When the answer was made, less the time that a cache kept it. Empty where it does not say. */
export function dateOf(answer: HttpAnswer | null): number[] {
  const date = Date.parse(answer?.headers['date'] ?? '');
  const ageMs = Number(answer?.headers['age'] ?? 0) * 1000;
  return Number.isFinite(date) ? [date + (Number.isFinite(ageMs) ? ageMs : 0)] : [];
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
 * Names a clock that is off before anybody else is blamed. What only this clock finds is unknown; what only the gateway's
 * finds stands, for tills have the right time.
 */
export function withClockNamed({ findings, corrected, offsetMs, seen }: BothClocks): Finding[] {
  const byCheck = new Map(corrected.map((one) => [one.check, one]));
  const isDateAlone =
    (seen.connections ?? []).every((one) => one.openssl_error === null || isRefusedByDate(one)) &&
    DATES.every((check) => byCheck.get(check)?.status !== 'critical');
  return findings.map((one) => {
    const other = byCheck.get(one.check) ?? one;
    const isClocks = one.check === 'certificate.trust' && one.status === 'critical' && isDateAlone;
    if (isClocks || isWorse(one, other)) return doubtful(one, offsetMs);
    return isWorse(other, one) ? overlooked(other, offsetMs) : one;
  });
}

const isWorse = (one: Finding, other: Finding): boolean =>
  one.status !== other.status && worstOf([one.status, other.status]) === one.status && one.status !== 'ok';

const SET_CLOCK = 'Set the clock of this machine (NTP), then check again.';

const doubtful = (one: Finding, offsetMs: number): Finding => ({
  ...one,
  status: 'unknown',
  summary: `The clock of this machine is ${offText(offsetMs)} the gateway's; by it: ${one.summary}`,
  fix: SET_CLOCK,
});

/** What OpenSSL accepted by this clock, tills refuse by the right one. */
const overlooked = (other: Finding, offsetMs: number): Finding => ({
  ...other,
  affects: other.status === 'critical' && DATES.includes(other.check) ? 'delivery' : other.affects,
  summary: `By the gateway's clock: ${other.summary} That of this machine is ${offText(offsetMs)} it.`,
  fix: [other.fix, SET_CLOCK].filter(Boolean).join(' '),
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
