/**
 * A program: a name server, and a gateway behind the name that it knows, for infra-check to look at, at hand and
 * `node road-world.ts MS` of round trip away. Prints where they are on one line of JSON and runs until it is killed.
 */
import { a, soa, startDns, zoneOf } from '../../packages/infra-check/test/support/dns-world.ts';
import { makePki, rsaKeys } from '../../packages/infra-check/test/support/pki.ts';
import { fullChain, startTls } from '../../packages/infra-check/test/support/tls-world.ts';
import { farTcp, farUdp } from './distance.ts';

/** Ports on 127.0.0.1. */
export interface Road {
  port: number;
  dnsPort: number;
}

export interface RoadWorld {
  name: string;
  /** The same gateway at two addresses, 127.0.0.1 and 127.0.0.2. */
  twice: string;
  near: Road;
  far: Road;
  /** PEM of the throwaway authority. */
  ca: string;
}

const name = 'api.shop.test';
const twice = 'two.shop.test';
const roundTripMs = Number(process.argv[2]);
// RSA of 2048 bits is what ACM issues unless told otherwise, and what its authorities sign with.
const rsa = () => ({ keys: rsaKeys(2048) });
const pki = makePki({ names: [name, twice], ...rsa() }, rsa(), rsa());
const identity = { cert: fullChain(pki), key: pki.leaf.key };
const gateway = await startTls(identity);
const other = await startTls(identity, undefined, {}, undefined, ['127.0.0.2', gateway.port]);
const both = ['127.0.0.1', '127.0.0.2'].map((address) => a(twice, address));
const dns = await startDns(zoneOf('shop.test', [soa('shop.test'), a(name, '127.0.0.1'), ...both]));
// The tests' servers keep all that they were asked; a gateway does not, and here it would slow them down.
setInterval(() => {
  gateway.requests.length = 0;
  other.requests.length = 0;
  dns.asked.length = 0;
}, 200);
const near = { port: gateway.port, dnsPort: dns.port };
const far = { port: await farTcp(near.port, roundTripMs), dnsPort: await farUdp(near.dnsPort, roundTripMs) };
const world: RoadWorld = { name, twice, near, far, ca: pki.root.cert };
process.stdout.write(`${JSON.stringify(world)}\n`);
