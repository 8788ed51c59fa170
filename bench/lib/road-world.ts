/**
 * A program: a name server, and a gateway behind the name that it knows, for infra-check to look at. Prints where they
 * are on one line of JSON and runs until it is killed.
 */
import { a, soa, startDns, zoneOf } from '../../packages/infra-check/test/support/dns-world.ts';
import { makePki } from '../../packages/infra-check/test/support/pki.ts';
import { fullChain, startTls } from '../../packages/infra-check/test/support/tls-world.ts';

export interface RoadWorld {
  name: string;
  port: number;
  /** Of the name server, on 127.0.0.1. */
  dnsPort: number;
  /** PEM of the throwaway authority. */
  ca: string;
}

const name = 'api.shop.test';
const pki = makePki({ names: [name] });
const gateway = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
const dns = await startDns(zoneOf('shop.test', [soa('shop.test'), a(name, '127.0.0.1')]));
const world: RoadWorld = { name, port: gateway.port, dnsPort: dns.port, ca: pki.root.cert };
process.stdout.write(`${JSON.stringify(world)}\n`);
