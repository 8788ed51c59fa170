/** First of all: what follows would fail with something else. */
import './runtime.ts';

export { checkInfra } from './check.ts';
export type { AuthSettings } from './core/auth-settings.ts';
export { CheckInputError } from './core/check-error.ts';
export type { CheckSpec } from './core/check-spec.ts';
export { CHECK_NAMES, CHECKS, type CheckName } from './core/checks.ts';
export type {
  AliasObservation,
  DnsAnswer,
  DnsObservation,
  DnsOutcome,
  DnsRecord,
  DnsType,
  NameServerObservation,
  ResolverObservation,
  ZoneObservation,
} from './core/dns-observations.ts';
export type { Expectations } from './core/expectations.ts';
export type { Finding } from './core/finding.ts';
export type {
  CertificateFacts,
  ConnectionObservation,
  ConnectionOutcome,
  GatewayObservation,
  HttpAnswer,
  KeyType,
  KeyTypeObservation,
  Observations,
  TlsVersionObservation,
} from './core/observations.ts';
export type { CertificateDates, Report } from './core/report.ts';
export type { Stage, Status } from './core/status.ts';
export { FORMATS, type Format, render } from './render/index.ts';
