/** First of all: what follows would fail with something else. */
import './runtime.ts';

export { checkInfra } from './check.ts';
export type { AuthSettings } from './core/auth-settings.ts';
export { CheckInputError } from './core/check-error.ts';
export type { CheckSpec } from './core/check-spec.ts';
export { CHECK_NAMES, CHECKS, type CheckName } from './core/checks.ts';
export type { Expectations } from './core/expectations.ts';
export type { Finding } from './core/finding.ts';
export type {
  AliasObservation,
  CertificateFacts,
  ConnectionObservation,
  ConnectionOutcome,
  DnsAnswer,
  DnsObservation,
  DnsOutcome,
  DnsRecord,
  DnsType,
  GatewayObservation,
  HttpAnswer,
  KeyType,
  KeyTypeObservation,
  NameServerObservation,
  Observations,
  ResolverObservation,
  TlsVersionObservation,
  ZoneObservation,
} from './core/observations.ts';
export type { CertificateDates, Report } from './core/report.ts';
export type { Stage, Status } from './core/status.ts';
export { FORMATS, type Format, render } from './render/index.ts';
