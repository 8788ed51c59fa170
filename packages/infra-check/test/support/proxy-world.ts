import net from 'node:net';
import { startTcp } from './tls-world.ts';

export interface ProxyServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  port: number;
  /** The head of each request. */
  heads: string[];
}

/** What the proxy does with a CONNECT. */
export type Act = (socket: net.Socket, pass: () => void, head: string) => void;

/** An HTTP proxy on loopback to which every name is the server at that port. */
export async function startProxy(to: number, act: Act = (_socket, pass) => pass()): Promise<ProxyServer> {
  const heads: string[] = [];
  const server = await startTcp((socket) => {
    let head = '';
    const read = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', read);
      heads.push(head);
      act(socket, () => tunnel(socket, to), head);
    };
    socket.on('data', read);
  });
  const port = Number(server.at.split(':')[1]);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    heads,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function tunnel(socket: net.Socket, to: number): void {
  const onward = net.connect(to, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    onward.pipe(socket).pipe(onward);
  });
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
}

/** Answers with a status and hangs up. */
export const answering =
  (statusLine: string, ...headers: string[]): Act =>
  (socket) =>
    void socket.end([`HTTP/1.1 ${statusLine}`, ...headers, '', ''].join('\r\n'));
