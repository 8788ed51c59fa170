/**
 * UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then the random bits of a UUIDv4.
 * @param uuidV4 as randomUUID() gives it
 */
export function uuidV7(now: number, uuidV4: string): string {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${uuidV4.slice(15)}`;
}
