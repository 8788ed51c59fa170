import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import * as dnsPacket from 'dns-packet';

/** One question over UDP, without EDNS; rejects where no answer comes in time. */
export async function askUdp(server: string, name: string, type: dnsPacket.RecordType, timeoutMs: number) {
  const question = dnsPacket.encode({ type: 'query', id: 7, flags: 0x0100, questions: [{ name, type }] });
  return dnsPacket.decode(await sendUdp(server, question, timeoutMs));
}

/** Sends one packet and takes the first that comes back. */
export async function sendUdp(server: string, packet: Buffer, timeoutMs: number): Promise<Buffer> {
  const [host, port] = split(server);
  const socket = createSocket('udp4');
  try {
    socket.send(packet, port, host);
    const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(timeoutMs) });
    return answer as Buffer;
  } finally {
    socket.close();
  }
}

/** Writes bytes to a name server over TCP and gathers what comes until it ends the connection, or `enough` came. */
export async function sendTcp(server: string, bytes: Buffer, enough: number): Promise<Buffer> {
  const [host, port] = split(server);
  const socket = connect(port, host);
  const chunks: Buffer[] = [];
  socket.write(bytes);
  try {
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      if (Buffer.concat(chunks).length >= enough) break;
    }
  } catch {
    // A connection that is reset has ended too.
  }
  return Buffer.concat(chunks);
}

export function split(server: string): [host: string, port: number] {
  const [host = '', port = ''] = server.split(':');
  return [host, Number(port)];
}
