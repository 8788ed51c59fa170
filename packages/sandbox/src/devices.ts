import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { SandboxShop } from './types.ts';
import { UsageError } from './usage-error.ts';

const EXAMPLE = '{"AMIS1": [{"tillId": "till-07", "jwk": {"kty": "EC", ...}}]}';

/**
 * The shops with the devices that a file registers; what a device is made of is for checkDevices() to say.
 * @throws UsageError where the file holds no lists of devices, or those of another shop
 */
export function readDevices(path: string, shops: readonly string[]): Record<string, SandboxShop> {
  const registered = parse(path, read(path));
  const stranger = Object.keys(registered).find((id) => !shops.includes(id));
  if (stranger !== undefined) {
    throw new UsageError(
      `The file of devices ${path} names the shop ${JSON.stringify(stranger.slice(0, 40))}, which --shops does not: name it there too.`,
    );
  }
  return Object.fromEntries(
    shops.map((id) => [id, Object.hasOwn(registered, id) ? { devices: registered[id] } : {}]),
  ) as Record<string, SandboxShop>;
}

/** A file or a pipe, with or without a byte order mark. */
function read(path: string): string {
  try {
    return new TextDecoder().decode(readUpTo(MAX_BYTES + 1, path));
  } catch (error) {
    throw new UsageError(`The file of devices ${path} cannot be read: ${(error as Error).message}.`);
  }
}

function readUpTo(bytes: number, path: string): Uint8Array {
  const content = Buffer.alloc(bytes);
  const file = openSync(path, 'r');
  try {
    for (let size = 0; size < bytes; ) {
      const more = readSync(file, content, size, bytes - size, null);
      if (more === 0) return content.subarray(0, size);
      size += more;
    }
  } finally {
    closeSync(file);
  }
  throw new RangeError('it is larger than 1 MiB');
}

const MAX_BYTES = 1_048_576;

function parse(path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {}
  throw new UsageError(`The file of devices ${path} must be JSON such as ${EXAMPLE}.`);
}

/** @returns one sentence on the first device that cannot be registered, or `undefined` */
export function complaintAboutDevices(shopId: string, devices: unknown): string | undefined {
  if (!Array.isArray(devices)) return `The devices of ${shopId} must be a list, as in ${EXAMPLE}.`;
  return devices.map((device, i) => complaintAbout(device, `Device ${i + 1} of ${shopId}`)).find(Boolean);
}

function complaintAbout(device: unknown, which: string): string | undefined {
  if (!isRecord(device)) return `${which} must be an object with tillId and jwk.`;
  const { tillId, jwk, ...rest } = device;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return `${which} has the name "${unknown}"; known are tillId and jwk.`;
  if (typeof tillId !== 'string' || !TILL_ID.test(tillId)) {
    return `${which} needs a tillId of letters, digits and . _ : -, such as "till-07".`;
  }
  if (isRecord(jwk) && 'd' in jwk) {
    return `${which} has a private key: leave "d" out of its jwk, for a shop knows only the public one.`;
  }
  if (isPublicP256(jwk)) return;
  return `${which} needs as jwk a public key on P-256: {"kty": "EC", "crv": "P-256", "x": "...", "y": "..."}.`;
}

const TILL_ID = /^[A-Za-z0-9._:-]{1,128}$/;

function isPublicP256(jwk: unknown): boolean {
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
