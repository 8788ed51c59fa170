/** What stands on loopback, as if it were so many milliseconds of round trip away. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';

const HERE = '127.0.0.1';

/** @returns the port of a TCP server that passes everything on to another, and back */
export async function farTcp(port: number, roundTripMs: number): Promise<number> {
  const server = net.createServer((near) => {
    const far = net.connect(port, HERE);
    // The connection itself, which loopback makes at once, takes one round trip before the first byte.
    const openAt = performance.now() + roundTripMs;
    passOn(near, far, roundTripMs / 2, openAt);
    passOn(far, near, roundTripMs / 2, openAt);
  });
  server.listen(0, HERE);
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

function passOn(from: net.Socket, to: net.Socket, ms: number, openAt: number): void {
  const later = (act: () => void) => setTimeout(act, Math.max(0, openAt - performance.now()) + ms);
  from.setNoDelay(true);
  from.on('data', (chunk) => later(() => to.write(chunk)));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => to.destroy());
}

/** @returns the port of a UDP server that puts each question to another one */
export async function farUdp(port: number, roundTripMs: number): Promise<number> {
  const near = dgram.createSocket('udp4');
  near.on('message', (question, asker) => {
    const far = dgram.createSocket('udp4');
    far.once('message', (answer) => {
      near.send(answer, asker.port, asker.address);
      far.close();
    });
    setTimeout(() => far.send(question, port, HERE), roundTripMs);
  });
  near.bind(0, HERE);
  await once(near, 'listening');
  return near.address().port;
}
