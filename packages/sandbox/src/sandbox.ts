import { addressesOf } from './addresses.ts';
import { exportLines, openDataDir } from './data-dir.ts';
import { listen, shut } from './http.ts';
import { kmsServer } from './kms-door.ts';
import { openRoad } from './open-road.ts';
import { resolveOptions } from './options.ts';
import { openShop } from './shop.ts';
import type { Sandbox, SandboxDns, SandboxDnsOptions, SandboxOptions } from './types.ts';

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
  const { stop, ...shop } = await openShop(resolved);
  const data = await openDataDir(resolved.dataDir);
  const kmsDoor = kmsServer(shop);
  let closeRoad = async () => {};
  const close = onceOnly(async () => {
    stop();
    await Promise.all([closeRoad(), shut(kmsDoor)]);
    await data.release();
  });

  try {
    const { road, authorities, port, dns, ...opened } = await openRoad(shop, resolved);
    closeRoad = opened.close;
    const kmsPort = await listen(kmsDoor, resolved.kmsPort);
    if (resolved.breaks.length > 0) await road.break(resolved.breaks);
    const addresses = addressesOf(shop.names, {
      port,
      kmsPort,
      region: resolved.region,
      caFile: data.caFile,
    });
    const ca = authorities.root.cert;
    await data.write('ca.pem', ca);
    await data.write('env', exportLines(addresses.env));
    return {
      ...addresses,
      ca,
      authority: authorities.root,
      kms: shop.kms,
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

function onceOnly(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= action();
    return running;
  };
}
