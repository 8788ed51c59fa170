import { once } from 'node:events';
import { createServer } from 'node:http';
import https, { type AgentOptions } from 'node:https';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkInfra } from '@amis-shop/infra-check';
import type { Sandbox } from '@amis-shop/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf, openShop, SALE } from './support.ts';

type Act = (socket: Duplex, pass: (answer?: string) => void, authorization: string | undefined) => void;

const OPEN = 'HTTP/1.1 200 OK\r\n\r\n';

/** What a proxy may do with a CONNECT, and whether a till gets through it. */
const PROXIES: Record<string, Act> = {
  'opens the way': (_, pass) => pass(),
  'opens it with a body that nobody asked for': (_, pass) =>
    pass('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'),
  'opens it in two packets': (socket, pass) => {
    socket.write('HTTP/1.1 200 Conn');
    setTimeout(() => pass('ection established\r\nVia: a\r\n\r\n'), 50);
  },
  'opens it as HTTP/1.0': (_, pass) => pass('HTTP/1.0 200 Connection established\r\n\r\n'),
  'lets in who has a password': (socket, pass, authorization) =>
    authorization === `Basic ${Buffer.from('till:geheim').toString('base64')}`
      ? pass()
      : socket.end('HTTP/1.1 407 Who\r\n\r\n'),
  'answers 201': (_, pass) => pass('HTTP/1.1 201 Created\r\n\r\n'),
  'answers 100 first': (_, pass) => pass(`HTTP/1.1 100 Continue\r\n\r\n${OPEN}`),
  'forbids it': (socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'),
  'does not get through': (socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'),
  'hangs up': (socket) => socket.destroy(),
  'hangs up on TLS': (socket) => {
    socket.write(OPEN);
    socket.once('data', () => socket.destroy());
  },
  'speaks no HTTP': (socket) => socket.end('220 mail.test ESMTP\r\n\r\n'),
  'speaks a web page into the way': (socket) => {
    socket.write(OPEN);
    socket.once('data', () => socket.end('<html>log in</html>'));
  },
};

/** A proxy to which every name is the sandbox. @returns the URL, as HTTPS_PROXY has it */
async function startProxy({ connect = '' }: Sandbox, act: Act): Promise<string> {
  const proxy = createServer().on('connect', ({ headers }, socket: Duplex) => {
    socket.on('error', () => undefined);
    const pass = (answer = OPEN) => {
      const onward = net.connect(Number(connect.split(':')[1]), '127.0.0.1', () => {
        socket.write(answer);
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('close', () => onward.destroy());
    };
    act(socket, pass, headers['proxy-authorization']);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return `http://till:geheim@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

/** Node's own agent, which the till uses, in an environment with this proxy. */
function tillsTake(proxyEnv: Record<string, string>): void {
  const before = https.globalAgent;
  https.globalAgent = new https.Agent({ keepAlive: true, timeout: 5_000, proxyEnv } as AgentOptions);
  onTestFinished(() => {
    https.globalAgent.destroy();
    https.globalAgent = before;
  });
}

test.each(Object.keys(PROXIES))('a till and infra-check agree about a proxy that %s', async (what) => {
  const shop = await openShop();
  const env = { HTTPS_PROXY: await startProxy(shop, PROXIES[what] as Act) };
  tillsTake(env);
  const ways = { proxy: 'env', skip: ['dns'], postProbe: true, timeoutMs: 4_000 };
  const report = await checkInfra(shop.url, { ca: shop.ca, ...ways }, { env });
  const client = clientOf(shop, { connect: undefined, maxAttempts: 1 });
  const sent = await client.send(SALE).then(
    ({ status }) => status,
    ({ outcome }) => outcome,
  );
  expect(report.path_status === 'critical').toBe(sent !== 'accepted');
  expect(report.path_status).toBe(sent === 'accepted' ? 'ok' : 'critical');
  expect(JSON.stringify(report)).not.toContain('geheim');
});
