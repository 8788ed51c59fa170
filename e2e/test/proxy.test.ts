import { once } from 'node:events';
import { createServer } from 'node:http';
import https, { type AgentOptions } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { ShopClient } from '@amis-shop/shop-client';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf, failure, nextFaults, openShop, SALE } from './support.ts';

/** A proxy on loopback that opens a way to whoever is asked for, or to nobody; Node's own agent is told of it. */
async function throughProxy({ opens }: { opens: boolean }): Promise<string[]> {
  const asked: string[] = [];
  const proxy = createServer().on('connect', ({ url = '' }, socket) => {
    asked.push(url);
    socket.on('error', () => undefined);
    if (!opens) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const [host, port] = url.split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const before = https.globalAgent;
  const proxyEnv = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  https.globalAgent = new https.Agent({ keepAlive: true, timeout: 5_000, proxyEnv } as AgentOptions);
  onTestFinished(() => {
    https.globalAgent.destroy();
    https.globalAgent = before;
    proxy.closeAllConnections();
    proxy.close();
  });
  return asked;
}

test('a sale goes through the proxy that Node was told of, over TLS to the shop itself', async () => {
  const shop = await openShop();
  const asked = await throughProxy({ opens: true });
  await expect(clientOf(shop).send(SALE)).resolves.toMatchObject({ status: 'accepted', attempts: 1 });
  expect(asked).toEqual([shop.connect]);
});

test('an answer that is lost behind a proxy leaves the outcome unknown: the shop may have the sale', async () => {
  const shop = await openShop();
  await throughProxy({ opens: true });
  shop.setFaults(nextFaults('lost-ack'));
  const error = await failure(clientOf(shop, { maxAttempts: 1 }).send(SALE));
  expect(error).toMatchObject({ code: 'answer_lost', outcome: 'unknown' });
  expect(shop.books()).toMatchObject({ booked: 1 });
});

test('a proxy that opens no way is named, and nothing was sent', async () => {
  const shop = await openShop();
  await throughProxy({ opens: false });
  const error = await failure(clientOf(shop, { maxAttempts: 1 }).send(SALE));
  expect(error).toMatchObject({ code: 'not_reached', outcome: 'retry' });
  expect(error.message).toMatch(/^The proxy http:\/\/127\.0\.0\.1:\d+ could not connect to \S+ \(ERR_PROXY_/);
  expect(error.hint).toBe(
    'Check the proxy (HTTPS_PROXY), and that it allows connections from this machine to the shop.',
  );
});

/** Node's own agent with a proxy at which nobody listens. */
function throughDeadProxy(host: string, more: Record<string, string> = {}): void {
  const before = https.globalAgent;
  const proxyEnv = { HTTPS_PROXY: `http://till:geheim@${host}`, ...more };
  https.globalAgent = new https.Agent({ keepAlive: true, timeout: 5_000, proxyEnv } as AgentOptions);
  onTestFinished(() => {
    https.globalAgent.destroy();
    https.globalAgent = before;
  });
}

test.each([
  ['127.0.0.1:9', 'ECONNREFUSED'],
  ['proxy.invalid:3128', 'ENOTFOUND'],
])('a dead proxy at %s is named in the place of the shop, without its password', async (host, detail) => {
  const shop = await openShop();
  throughDeadProxy(host);
  const client = clientOf(shop, { maxAttempts: 1 });
  const error = await failure(client.send(SALE));
  expect(error).toMatchObject({ code: 'not_reached', outcome: 'retry' });
  expect(error.message).toMatch(
    new RegExp(`^The proxy http://${host} for \\S+ could not be reached \\((${detail}|EAI_AGAIN)\\)\\.$`),
  );
  expect(await client.probe()).toMatchObject({ reached: false, proxy: `http://${host}` });
  expect(JSON.stringify([error, error.message, error.hint])).not.toContain('geheim');
});

test('a dead proxy on the way to KMS is named, too', async () => {
  throughDeadProxy('127.0.0.1:9');
  const kms = {
    endpoint: 'https://kms.invalid',
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  const client = new ShopClient({
    shopId: 'AMIS1',
    url: 'https://shop.invalid/shop',
    keyCacheDir: false,
    kms,
  });
  await expect(client.publicKey()).rejects.toMatchObject({
    code: 'key_unavailable',
    message: expect.stringMatching(
      /^KMS could not be reached through the proxy http:\/\/127\.0\.0\.1:9 for the key/,
    ),
  });
});

test('a shop that NO_PROXY exempts is reached without the dead proxy, or told as itself', async () => {
  const shop = await openShop();
  throughDeadProxy('127.0.0.1:9', { NO_PROXY: `127.0.0.1, *.shop.test` });
  await expect(clientOf(shop).send(SALE)).resolves.toMatchObject({ status: 'accepted' });
  const nowhere = clientOf(shop, { maxAttempts: 1, connect: '127.0.0.1:9' });
  expect((await failure(nowhere.send(SALE))).message).toMatch(
    /^\S+ could not be reached \(ECONNREFUSED\)\.$/,
  );
});
