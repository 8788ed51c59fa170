import { createSecureContext } from 'node:tls';
import { printable } from '../core/text.ts';
import type { ConfigError } from './config-error.ts';
import { type Value, YamlSource } from './yaml-source.ts';

/** What Prometheus calls the ways to treat client certificates (Go's tls.ClientAuthType). */
const CLIENT_AUTH = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuth = (typeof CLIENT_AUTH)[number];

const VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** As `tls.createSecureContext()` takes it. */
export interface TlsSettings {
  cert: string;
  key: string;
  ca: string | undefined;
  minVersion: (typeof VERSIONS)[keyof typeof VERSIONS];
}

/** How the exporter is reached: with the keys of Prometheus's exporter-toolkit. */
export interface WebConfig {
  /** Null for plain HTTP. */
  tls: TlsSettings | null;
  clientAuth: ClientAuth;
  /** The bcrypt hash of each user's password; empty where nobody is asked. */
  users: ReadonlyMap<string, string>;
}

/** Reads a file whose path is as it stands in the configuration. */
type ReadFile = (path: string) => string;

/** @throws {ConfigError} that names line, column and key */
export function readWebConfig(file: string, text: string, readFile: ReadFile): WebConfig {
  const source = new YamlSource(file, text);
  if (source.root === null) return { tls: null, clientAuth: 'NoClientCert', users: new Map() };
  const values = source.mapping({ what: 'the file', node: source.root }, [
    'tls_server_config',
    'basic_auth_users',
  ]);
  const tls = values.get('tls_server_config');
  const users = values.get('basic_auth_users');
  return {
    ...(tls === undefined
      ? { tls: null, clientAuth: 'NoClientCert' as const }
      : readTls(source, tls, readFile)),
    users: users === undefined ? new Map() : readUsers(source, users),
  };
}

const TLS_KEYS = ['cert_file', 'key_file', 'client_ca_file', 'client_auth_type', 'min_version'] as const;

function readTls(
  source: YamlSource,
  value: Value,
  readFile: ReadFile,
): Pick<WebConfig, 'tls' | 'clientAuth'> {
  const values = source.mapping(value, TLS_KEYS);
  const [certFile, keyFile, caFile, authType, version] = TLS_KEYS.map((key) => values.get(key));
  if (certFile === undefined) throw source.error(value, 'has no cert_file.');
  if (keyFile === undefined) throw source.error(value, 'has no key_file.');
  const read = (one: Value): string => fileOf(source, one, readFile);
  const clientAuth = authType === undefined ? 'NoClientCert' : wordOf(source, authType, CLIENT_AUTH);
  refuseUnfit(source, { value, caFile, clientAuth });
  const names = Object.keys(VERSIONS) as (keyof typeof VERSIONS)[];
  const tls: TlsSettings = {
    cert: read(certFile),
    key: read(keyFile),
    ca: caFile === undefined ? undefined : read(caFile),
    minVersion: VERSIONS[version === undefined ? 'TLS12' : wordOf(source, version, names)],
  };
  refuseUnusable(source, value, tls);
  return { tls, clientAuth };
}

function refuseUnfit(
  source: YamlSource,
  { value, caFile, clientAuth }: { value: Value; caFile: Value | undefined; clientAuth: ClientAuth },
): void {
  const verifies = clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert';
  if (verifies && caFile === undefined)
    throw source.error(value, `has the client_auth_type ${clientAuth} and no client_ca_file to verify by.`);
  if (caFile !== undefined && !verifies)
    throw source.error(
      caFile,
      `is of no use with the client_auth_type ${clientAuth}.`,
      'Write client_auth_type: RequireAndVerifyClientCert, or leave the file out.',
    );
}

/** What OpenSSL itself says of certificate and key. */
function refuseUnusable(source: YamlSource, value: Value, tls: TlsSettings): void {
  try {
    createSecureContext(tls);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw source.error(
      value,
      `cannot be used: ${printable(code ?? message)}.`,
      'cert_file takes the chain in PEM, the leaf first, and key_file its private key without a passphrase.',
    );
  }
}

function fileOf(source: YamlSource, value: Value, readFile: ReadFile): string {
  const path = source.text(value);
  try {
    return readFile(path);
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw source.error(value, `names the file ${printable(path)}, which cannot be read (${code}).`);
  }
}

function wordOf<T extends string>(source: YamlSource, value: Value, known: readonly T[]): T {
  const text = source.text(value);
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw source.error(value, `must be one of ${known.join(', ')}.`);
}

/** Above it, one look at a password takes seconds. */
const HIGHEST_COST = 14;

function readUsers(source: YamlSource, value: Value): Map<string, string> {
  const users = [...source.mapping({ ...value, what: 'user' }, null)];
  return new Map(users.map(([name, one]) => [name, hashOf(source, name, one)]));
}

function hashOf(source: YamlSource, name: string, value: Value): string {
  if (name.includes(':')) throw source.error(value, 'has a colon in its name, which no browser can send.');
  const hash = source.text(value);
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash) ?? [];
  if (cost === undefined) throw badHash(source, value, 'has a password that is not a bcrypt hash.');
  if (Number(cost) >= 4 && Number(cost) <= HIGHEST_COST) return hash;
  throw badHash(source, value, `has a bcrypt hash whose cost is not from 4 to ${HIGHEST_COST}.`);
}

const badHash = (source: YamlSource, value: Value, problem: string): ConfigError =>
  source.error(value, problem, 'Make one with htpasswd -nBC 10 NAME.');
