import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createAuthority, issueCertificate } from './certificates.ts';
import { type DataDir, exportLines, openDataDir } from './data-dir.ts';
import { gatewayServer } from './gateway-door.ts';
import { listen, shut } from './http.ts';
import { kmsServer } from './kms-door.ts';
import { resolveOptions } from './options.ts';
import { openShop } from './shop.ts';
import type { Sandbox, SandboxOptions } from './types.ts';

/**
 * Opens the whole shop on loopback: KMS, the gateway on its stable names, the back end and its books.
 * @throws RangeError with one sentence for a bad option; PortError, DataDirError where a port or `dataDir` cannot be had
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const resolved = resolveOptions(options);
  const { names, gateway, stop, ...shop } = await openShop(resolved);
  const authority = createAuthority();
  const gatewayDoor = gatewayServer(gateway, issueCertificate(authority, { names }));
  const kmsDoor = kmsServer(shop);
  const data = await openDataDir(resolved.dataDir);
  const close = onceOnly(async () => {
    stop();
    await Promise.all([shut(gatewayDoor), shut(kmsDoor)]);
    await data.release();
  });

  try {
    const ports = await openDoors([gatewayDoor, resolved.port], [kmsDoor, resolved.kmsPort]);
    const addresses = addressesOf(names, ports, data, resolved.region);
    await data.write('ca.pem', authority.cert);
    await data.write('env', exportLines(addresses.env));
    return {
      ...addresses,
      ca: authority.cert,
      caFile: data.caFile,
      authority,
      kms: shop.kms,
      books: shop.books,
      setFaults: shop.setFaults,
      presentCertificate: (certificate) =>
        gatewayDoor.setSecureContext({ ...certificate, minVersion: 'TLSv1.2' }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDoors(...doors: [door: Server, port: number][]): Promise<number[]> {
  const ports: number[] = [];
  for (const [door, port] of doors) ports.push(await listen(door, port));
  return ports;
}

function addressesOf(
  names: readonly string[],
  ports: readonly number[],
  { caFile }: DataDir,
  region: string,
) {
  const [port, kmsPort] = ports;
  const urls = names.map((name) => `https://${name}:${port}/shop`);
  const url = urls[0] ?? '';
  const connect = `127.0.0.1:${port}`;
  const console = `http://127.0.0.1:${kmsPort}`;
  // A path of its own for each run: whoever keeps public keys by endpoint does not take those of an earlier run.
  const kmsEndpoint = `${console}/${randomBytes(6).toString('hex')}`;
  const env = {
    AWS_ENDPOINT_URL_KMS: kmsEndpoint,
    AWS_REGION: region,
    // boto3 reads only this one.
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    SHOP_SEND_URL: url,
    SHOP_SEND_CA: caFile,
    SHOP_SEND_CONNECT: connect,
  };
  return { url, urls, connect, kmsEndpoint, region, pageUrl: `${console}/`, env };
}

function onceOnly(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= action();
    return running;
  };
}
