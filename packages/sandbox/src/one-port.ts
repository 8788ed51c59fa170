import { PortError } from './http.ts';

export interface Opened {
  readonly port: number;
  close(): Promise<void>;
}

/** The system has no such address, or no such family. */
const MISSING = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'];
/** How often a free port is looked for that is free at every address. */
const ATTEMPTS = 20;

/**
 * Opens the same port at each address that the system has; at the first, which it must have, it may choose the port.
 * @throws PortError
 */
export async function openOnOnePort<T extends Opened>(
  port: number,
  addresses: readonly string[],
  open: (address: string, port: number) => Promise<T>,
): Promise<T[]> {
  for (let attempt = 1; ; attempt += 1) {
    const opened: T[] = [];
    try {
      for (const address of addresses) {
        const one = await open(address, opened[0]?.port ?? port).catch((error: unknown) => {
          if (opened.length > 0 && MISSING.includes(codeOf(error) ?? '')) return undefined;
          throw error;
        });
        if (one !== undefined) opened.push(one);
      }
      return opened;
    } catch (error) {
      await Promise.all(opened.map((one) => one.close()));
      const mayRetry = port === 0 && codeOf(error) === 'EADDRINUSE' && attempt < ATTEMPTS;
      if (!mayRetry) throw error;
    }
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof PortError ? (error.cause as NodeJS.ErrnoException).code : undefined;
