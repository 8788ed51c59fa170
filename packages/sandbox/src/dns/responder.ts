import type { Broken } from '../breaks.ts';
import { lookUp } from './lookup.ts';
import { type Query, type Response, readQuery, writeResponse } from './wire.ts';
import { type World, type Zone, zonesOf } from './zones.ts';

export type Transport = 'udp' | 'tcp';

/** One name server without its sockets. */
export interface Responder {
  /** @returns the response's packet; `undefined` where there is none */
  respond(packet: Buffer, transport: Transport): Buffer | undefined;
  setBroken(broken: Broken): void;
}

const INTERNET = 1;
const TRANSFERS = ['AXFR', 'IXFR'];

/** @param server its number, from 0 */
export function createResponder(world: World, server: number): Responder {
  let broken: Broken = {};
  let zones: Zone[] = zonesOf(world, broken, server);
  // The servers begin at different places, as those of an alias do.
  let turns = server;
  const turn = () => turns++;

  return {
    respond: (packet, transport) => {
      const read = readQuery(packet);
      if (read === undefined) return undefined;
      const { query, fault } = read;
      if (fault !== undefined) return writeResponse(query, { rcode: fault }, transport);
      const response = inShop(query, world) ? failure(broken, server, transport) : undefined;
      if (response === 'none') return undefined;
      return writeResponse(query, response ?? answer(zones, query, turn), transport);
    },
    setBroken: (next) => {
      broken = next;
      zones = zonesOf(world, broken, server);
    },
  };
}

function answer(zones: readonly Zone[], { name, type, classNumber }: Query, turn: () => number): Response {
  if (classNumber !== INTERNET || TRANSFERS.includes(type)) return { rcode: 'REFUSED' };
  const found = lookUp(zones, name, type, turn);
  return { ...found, authoritative: found.rcode !== 'REFUSED' };
}

/** What a broken name server says to whatever is asked of the shop's zone. */
function failure({ dns }: Broken, server: number, transport: Transport): Response | 'none' | undefined {
  if (dns === 'dns-timeout') return 'none';
  if (dns === 'dns-servfail') return { rcode: 'SERVFAIL' };
  if (dns === 'dns-refused' || (dns === 'dns-lame' && server > 0)) return { rcode: 'REFUSED' };
  if (dns === 'dns-truncated' && transport === 'udp') {
    return { rcode: 'NOERROR', authoritative: true, truncated: true };
  }
  return undefined;
}

const inShop = ({ name }: Query, { names: { domain } }: World): boolean =>
  name === domain || name.endsWith(`.${domain}`);
