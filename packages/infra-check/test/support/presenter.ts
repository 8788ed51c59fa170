import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { Report } from '../../src/index.ts';
import { findingOf } from './find.ts';

/** A server whose certificates are changed between two connections. */
export interface Presenter extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  at: string;
  present(cert: string, key: string): void;
  /**
   * What a till meets: null where it gets through, else Node's code.
   * @param name for SNI, and what the certificate must name; without one any name is right
   */
  tillMeets(ca: string, name?: string): Promise<string | null>;
}

export async function startPresenter(): Promise<Presenter> {
  const server = tls.createServer((socket) => socket.on('error', () => undefined).end());
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    at: `127.0.0.1:${port}`,
    // Whatever OpenSSL thinks of it: a server may present anything.
    present: (cert, key) => server.setSecureContext({ cert, key, ciphers: 'DEFAULT:@SECLEVEL=0' }),
    tillMeets: async (ca, name) => {
      const identity = name === undefined ? { checkServerIdentity: () => undefined } : { servername: name };
      const socket = tls.connect({ host: '127.0.0.1', port, ca, ...identity });
      try {
        await once(socket, 'secureConnect');
        return null;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? String(error);
      } finally {
        socket.destroy();
      }
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

const JUDGED_BY_NODE = ['certificate.chain', 'certificate.trust', 'certificate.chain-expiry'] as const;

/** What is wrong with our verdict about a chain, beside that of a till. */
export function disagreements(report: Report, till: string | null): string[] {
  const { status, summary } = findingOf(report, 'certificate.trust');
  const wrong =
    till === null
      ? {
          'the chain is critical': JUDGED_BY_NODE.some(
            (check) => findingOf(report, check).status === 'critical',
          ),
          [`no path without a fault was found: ${summary}`]: status !== 'ok',
        }
      : {
          [`the path is ${report.path_status}`]: report.path_status !== 'critical',
          [`nobody says why: ${summary}`]: /UNSPECIFIED|OpenSSL does not/.test(summary),
        };
  return Object.keys(wrong).filter((what) => wrong[what]);
}
