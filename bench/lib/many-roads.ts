/**
 * A program: a name server and a gateway behind very many names, for the exporter to watch. Prints where they are on one
 * line of JSON and runs until it is killed.
 */
import { a, soa, startDns, zoneOf } from '../../packages/infra-check/test/support/dns-world.ts';
import { makePki } from '../../packages/infra-check/test/support/pki.ts';
import { fullChain, startTls } from '../../packages/infra-check/test/support/tls-world.ts';

export interface ManyRoads {
  names: string[];
  port: number;
  /** Of the name server, on 127.0.0.1. */
  dnsPort: number;
  /** PEM of the throwaway authority. */
  ca: string;
}

const names = Array.from({ length: Number(process.argv[2] ?? 1) }, (_, i) => `shop-${i}.chain.test`);
const pki = makePki({ names: ['*.chain.test'] });
const gateway = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
const dns = await startDns(
  zoneOf('chain.test', [soa('chain.test'), ...names.map((name) => a(name, '127.0.0.1'))]),
);
const world: ManyRoads = { names, port: gateway.port, dnsPort: dns.port, ca: pki.root.cert };
process.stdout.write(`${JSON.stringify(world)}\n`);
