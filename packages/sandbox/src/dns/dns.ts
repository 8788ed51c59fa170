import type { Broken } from '../breaks.ts';
import { openOnOnePort } from '../one-port.ts';
import type { SandboxDns } from '../types.ts';
import { CAA_ISSUERS, type RoadNames } from './names.ts';
import { createResponder, type Responder } from './responder.ts';
import { openNameServer, type Respond } from './sockets.ts';

/** The name servers of the sandbox. */
export interface Dns {
  readonly description: SandboxDns;
  setBroken(broken: Broken): void;
  close(): Promise<void>;
}

/** The second is for a system that has all of 127.0.0.0/8, as Linux does. */
const ADDRESSES = ['127.0.0.1', '127.0.0.2'];

/**
 * Opens the name servers, which know the shop's zones and where the gateway is.
 * @throws PortError
 */
export async function openDns(
  names: RoadNames,
  gatewayAddresses: readonly string[],
  port: number,
): Promise<Dns> {
  const responders: Responder[] = [];
  const open = async (address: string, at: number) => {
    const index = ADDRESSES.indexOf(address);
    const respond: Respond = (packet, transport) => responders[index]?.respond(packet, transport);
    return { address, ...(await openNameServer(respond, address, at)) };
  };
  const opened = await openOnOnePort(port, ADDRESSES, open);
  const servers = opened.map(({ address }) => address);
  responders.push(
    ...servers.map((_, i) => createResponder({ names, addresses: gatewayAddresses, servers }, i)),
  );
  return {
    description: describe(names, opened),
    setBroken: (broken) => {
      for (const responder of responders) responder.setBroken(broken);
    },
    close: async () => void (await Promise.all(opened.map((server) => server.close()))),
  };
}

const describe = (
  { domain, aliasTarget, validation }: RoadNames,
  servers: readonly { address: string; port: number }[],
): SandboxDns => ({
  servers: servers.map(({ address, port }) => `${address}:${port}`),
  port: servers[0]?.port ?? 0,
  zone: domain,
  aliasTarget,
  validation,
  caaIssuers: CAA_ISSUERS,
});
