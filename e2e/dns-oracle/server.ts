import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { FLAG, questionOf } from './packet.ts';

export interface Query {
  id: number;
  /** In lower case. */
  name: string;
  type: number;
}

/** Bytes of an answer, or undefined for silence. */
export type Script = (query: Query) => Buffer | undefined;

/** A name server at port 53 of a loopback address, which answers as it is told; what is cut by UDP is whole by TCP. */
export async function startServer(address: string, script: Script): Promise<AsyncDisposable> {
  const reply = (bytes: Buffer): Buffer | undefined => {
    const question = questionOf(bytes);
    return question && script({ ...question, name: question.name.join('.').toLowerCase() });
  };
  const udp = dgram.createSocket('udp4');
  udp.on('message', (query, from) => {
    const answer = reply(query);
    if (answer) udp.send(answer, from.port, from.address);
  });
  const tcp = net.createServer((socket) => {
    socket.on('error', () => undefined);
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
        const length = received.readUInt16BE(0);
        const answer = reply(received.subarray(2, 2 + length));
        received = received.subarray(2 + length);
        if (answer) socket.write(whole(answer));
      }
    });
  });
  udp.bind(53, address);
  tcp.listen(53, address);
  await Promise.all([once(udp, 'listening'), once(tcp, 'listening')]);
  return {
    [Symbol.asyncDispose]: async () => {
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

function whole(answer: Buffer): Buffer {
  const bytes = Buffer.from(answer);
  if (bytes.length >= 4) bytes.writeUInt16BE(bytes.readUInt16BE(2) & ~FLAG.TC, 2);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}
