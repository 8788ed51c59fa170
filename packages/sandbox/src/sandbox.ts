import { addressesOf } from './addresses.ts';
import { ADMISSION_FILES, admissionEnv, admissionFor } from './admission.ts';
import { type DataDir, exportLines, openDataDir } from './data-dir.ts';
import { listen, shut } from './http.ts';
import { keepKeys } from './kept-keys.ts';
import { kmsServer } from './kms-door.ts';
import { openRoad } from './open-road.ts';
import { resolveOptions } from './options.ts';
import { openShop } from './shop.ts';
import type { Sandbox, SandboxAdmission, SandboxDns, SandboxDnsOptions, SandboxOptions } from './types.ts';

/**
 * Opens the whole shop on loopback: KMS, the gateway on its stable names, the back end and its books, and name servers
 * where `dns` asks for them.
 * @throws RangeError with one sentence for a bad option; PortError, DataDirError where a port or `dataDir` cannot be had
 */
export async function startSandbox(
  options: SandboxOptions & { readonly dns: true | SandboxDnsOptions },
): Promise<Sandbox & { readonly dns: SandboxDns }>;
export async function startSandbox(options?: SandboxOptions): Promise<Sandbox>;
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const resolved = resolveOptions(options);
  const admission = admissionFor(resolved);
  const data = await openDataDir(resolved.dataDir);
  const kept = resolved.dataDir === undefined ? undefined : await keepKeys(resolved, data);
  const withKeys = { ...resolved, keys: { ...kept?.keys, ...resolved.keys } };
  const { stop, ...shop } = await openShop(withKeys, admission).catch(async (error: unknown) => {
    await data.release();
    throw error;
  });
  const kmsDoor = kmsServer(shop);
  let closeRoad = async () => {};
  const close = onceOnly(async () => {
    stop();
    await Promise.all([closeRoad(), shut(kmsDoor)]);
    await data.release();
  });

  try {
    const { road, authorities, port, dns, ...opened } = await openRoad(shop, resolved, {
      admission,
      authorities: kept?.authorities,
    });
    closeRoad = opened.close;
    const kmsPort = await listen(kmsDoor, resolved.kmsPort);
    if (resolved.breaks.length > 0) await road.break(resolved.breaks);
    const { region } = resolved;
    const addresses = addressesOf(shop.names, { port, kmsPort, region, caFile: data.caFile });
    const env = { ...addresses.env, ...admissionEnv(resolved.demands, data.path) };
    const ca = authorities.root.cert;
    await data.write('ca.pem', ca);
    if (admission.needed) await writeAdmission(data, admission.needed);
    await data.write('env', exportLines(env));
    return {
      ...addresses,
      env,
      ca,
      authority: authorities.root,
      kms: shop.kms,
      admission: admission.needed,
      dns: dns?.description,
      books: shop.books,
      setFaults: shop.setFaults,
      break: (faults) => road.break(faults),
      presentCertificate: (certificate) => road.present(certificate),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function writeAdmission(data: DataDir, { certificate, apiKey }: SandboxAdmission): Promise<void> {
  await data.write(ADMISSION_FILES.cert, certificate.cert);
  await data.write(ADMISSION_FILES.key, certificate.key, true);
  await data.write(ADMISSION_FILES.apiKey, `${apiKey}\n`, true);
}

function onceOnly(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= action();
    return running;
  };
}
