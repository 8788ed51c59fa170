import { GivenPublicKeys } from './adapters/given-public-keys.ts';
import { GotTransport } from './adapters/got-transport.ts';
import { KeyCache } from './adapters/key-cache.ts';
import { KmsApi } from './adapters/kms-api.ts';
import { KmsPublicKeys } from './adapters/kms-public-keys.ts';
import { KmsSealingKeys } from './adapters/kms-sealing-keys.ts';
import { certificateWarning } from './core/client-certificate.ts';
import type { ResolvedOptions } from './options.ts';
import type { Clock, PublicKeys, Transport } from './ports.ts';

/** What client and till ask of the world; each can be replaced, as tests do. */
export interface Ports {
  publicKeys: PublicKeys;
  transport: Transport;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
}

export function defaultPorts(options: ResolvedOptions): Ports {
  warnOfCertificate(options);
  return {
    publicKeys: publicKeysOf(options),
    transport: new GotTransport(options),
    clock: Date.now,
    random: Math.random,
  };
}

/** With a key of the caller's own nothing of AWS is made, and nothing of it is loaded. */
function publicKeysOf(options: ResolvedOptions): PublicKeys {
  const { keyAlias, keyCacheDir, publicKey, sealWith } = options;
  if (publicKey) return new GivenPublicKeys(publicKey);
  const kms = new KmsApi(options.kms, options.timeoutMs);
  const copies = { ...options, directory: keyCacheDir, place: kms.place() };
  const cache = options.keepsKey ? new KeyCache(copies) : undefined;
  const publicKeys = new KmsPublicKeys({ ...options, kms, cache, clock: Date.now });
  return sealWith === 'kms' ? new KmsSealingKeys(publicKeys, kms, keyAlias) : publicKeys;
}

function warnOfCertificate({ auth, logger }: ResolvedOptions): void {
  const certificate = auth?.certificate;
  const warning = certificate && certificateWarning(certificate, Date.now());
  if (warning) logger?.warn({ option: 'auth.cert', subject: certificate.subject }, warning);
}
