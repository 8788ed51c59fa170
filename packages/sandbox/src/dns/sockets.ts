import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { listen, PortError, shut } from '../http.ts';
import type { Opened } from '../one-port.ts';
import type { Transport } from './responder.ts';

const IDLE_MS = 10_000;
const MAX_CONNECTIONS = 64;
/** Longer than any query that is read; whoever announces more is not heard out. */
const MAX_FRAME_BYTES = 4096;

/** @returns the packet to send back, or `undefined` for none */
export type Respond = (packet: Buffer, transport: Transport) => Buffer | undefined;

/** Opens a name server, UDP and TCP on one port. @throws PortError */
export async function openNameServer(respond: Respond, address: string, port: number): Promise<Opened> {
  const tcp = tcpServer(respond);
  const chosen = await listen(tcp, port, address);
  try {
    const udp = await udpSocket(respond, address, chosen);
    return { port: chosen, close: async () => void (await Promise.all([shut(tcp), closed(udp)])) };
  } catch (error) {
    await shut(tcp);
    throw error;
  }
}

async function udpSocket(respond: Respond, address: string, port: number): Promise<UdpSocket> {
  const socket = createSocket('udp4');
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, 'listening');
  } catch (cause) {
    socket.close();
    throw new PortError(port, cause as NodeJS.ErrnoException, address);
  }
  // A client that has gone makes the next send fail; the next client is another one.
  socket.on('error', () => undefined);
  socket.on('message', (packet, client) => {
    const response = respond(packet, 'udp');
    if (response !== undefined) socket.send(response, client.port, client.address, () => undefined);
  });
  return socket;
}

async function closed(socket: UdpSocket): Promise<void> {
  socket.close();
  await once(socket, 'close');
}

function tcpServer(respond: Respond): Server {
  const server = createServer((socket) => converse(respond, socket));
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

/** Answers each query of a connection in turn (RFC 7766); one that reads no answers is asked no more. */
function converse(respond: Respond, socket: Socket): void {
  let received: Buffer = Buffer.alloc(0);
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('drain', () => socket.resume());
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2) {
      const size = received.readUInt16BE(0);
      if (size > MAX_FRAME_BYTES) return socket.destroy();
      if (received.length < 2 + size) return;
      const response = respond(received.subarray(2, 2 + size), 'tcp');
      received = received.subarray(2 + size);
      if (response !== undefined && !socket.write(framed(response))) socket.pause();
    }
  });
}

function framed(packet: Buffer): Buffer {
  const size = Buffer.alloc(2);
  size.writeUInt16BE(packet.length);
  return Buffer.concat([size, packet]);
}
