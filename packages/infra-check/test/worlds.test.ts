import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkInfra, type Report } from '../src/index.ts';
import { findingOf } from './support/find.ts';
import { makeWorld, type World } from './support/worlds.ts';

const NAME = 'api.shop.test';

/** One server for all worlds: what it presents is changed between two connections. */
const server = tls.createServer((socket) => socket.on('error', () => undefined).end());
server.on('tlsClientError', () => undefined);
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());
const portOf = (): number => (server.address() as AddressInfo).port;

/** Whom the client trusts; where it is nobody, somebody else. */
const pem = (certificates: World['trusted']): string => certificates.map(({ cert }) => cert).join('');

/** What a till meets: null where it gets through, else Node's code. */
async function tillMeets(ca: string): Promise<string | null> {
  const socket = tls.connect({ host: '127.0.0.1', port: portOf(), servername: NAME, ca });
  try {
    await once(socket, 'secureConnect');
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

const JUDGED_BY_NODE = ['certificate.chain', 'certificate.trust', 'certificate.chain-expiry'] as const;

/** What is wrong with our verdict, beside that of a till. */
function disagreements(report: Report, till: string | null): string[] {
  const { status, summary } = findingOf(report, 'certificate.trust');
  const wrong =
    till === null
      ? {
          [`${report.first_broken} stops tills`]: report.path_status === 'critical',
          'the chain is critical': JUDGED_BY_NODE.some(
            (check) => findingOf(report, check).status === 'critical',
          ),
          'no chain to a root was found': status !== 'ok',
        }
      : {
          [`the path is ${report.path_status}`]: report.path_status !== 'critical',
          'nobody says why': /UNSPECIFIED|OpenSSL does not/.test(JSON.stringify([summary, report.findings])),
        };
  return Object.keys(wrong).filter((what) => wrong[what]);
}

async function judgedBeside(world: World): Promise<string[]> {
  const [leaf] = world.served;
  // Whatever OpenSSL thinks of it: a server may present anything.
  server.setSecureContext({ cert: pem(world.served), key: leaf?.key ?? '', ciphers: 'DEFAULT:@SECLEVEL=0' });
  const ca = pem(world.trusted);
  const till = await tillMeets(ca);
  const report = await checkInfra(NAME, { connect: `127.0.0.1:${portOf()}`, ca, only: ['certificate'] });
  return disagreements(report, till).map((what) => `${world.what}: a till meets ${till}, but ${what}`);
}

/** Worlds whose disagreement is right, and why. */
const EXCEPTIONS: Readonly<Record<number, string>> = {};

const WORLDS = 400;
const AT_ONCE = 50;

describe("our verdict beside that of Node's tls, over real connections", () => {
  test.each(Array.from({ length: WORLDS / AT_ONCE }, (_, i) => [1 + i * AT_ONCE, (i + 1) * AT_ONCE]))(
    'worlds %d to %d of certificates',
    async (from, to) => {
      const wrong: string[] = [];
      for (let seed = from; seed <= to; seed += 1) {
        if (seed in EXCEPTIONS) continue;
        wrong.push(...(await judgedBeside(makeWorld(seed))));
      }
      expect(wrong).toEqual([]);
    },
  );
});
