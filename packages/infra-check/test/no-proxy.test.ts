import https, { type AgentOptions } from 'node:https';
import type { LookupFunction } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { proxyFor } from '../src/core/proxy.ts';
import { answering, type ProxyServer, startProxy } from './support/proxy-world.ts';

let proxy: ProxyServer;
beforeAll(async () => {
  proxy = await startProxy(9, answering('403 Forbidden'));
});
afterAll(() => proxy[Symbol.asyncDispose]());

/** Whether Node's own agent, which tills use, goes to the proxy. */
async function doesNodeTake(host: string, port: number, proxyEnv: Record<string, string>): Promise<boolean> {
  const agent = new https.Agent({ proxyEnv } as AgentOptions);
  const before = proxy.heads.length;
  const lookup: LookupFunction = (_name, _options, done) => done(new Error('direct'), '');
  await new Promise((resolve) => {
    https.get({ host, port, agent, lookup }).on('error', resolve).on('response', resolve);
  });
  agent.destroy();
  return proxy.heads.length > before;
}

const HOSTS = ['api.shop.test', 'shop.test', 'API.shop.test', 'xshop.test', '127.0.0.9', '10.1.2.3'];

test.each([
  '',
  '*',
  'shop.test',
  '.shop.test',
  '*.shop.test',
  'op.test',
  'SHOP.TEST',
  'api.shop.test:9',
  'shop.test:443',
  'a.test b.test shop.test',
  'a.test, shop.test ,b.test',
  ' , ,',
  '127.0.0.9',
  '127.0.0.0-127.0.0.255',
  '127.0.0.9-127.0.0.9',
  '127.0.0.10-127.0.0.255',
  '10.0.0.0 - 10.255.255.255',
  '10.0.0.0-x',
  '10.0.0.0/8',
  '300.0.0.1-300.0.0.2',
  'a-b.test',
  '*.',
  '.',
])('NO_PROXY="%s" is read as Node reads it', async (noProxy) => {
  const env = { HTTPS_PROXY: proxy.url, NO_PROXY: noProxy };
  for (const host of HOSTS) {
    const isTaken = proxyFor({ host: host.toLowerCase(), port: 9 }, env) !== undefined;
    expect([host, isTaken]).toEqual([host, await doesNodeTake(host, 9, env)]);
  }
});
