import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { certificatePair } from '../support/certificates.ts';
import { offlineClient, SALE } from '../support/client.ts';

/** Sends to a shop that is known by an address alone, reached at another one. */
async function sendTo(address: string): Promise<unknown> {
  const pair = certificatePair('ec', 1, 'IP:192.0.2.7,IP:2001:db8::7');
  const server = createServer(pair, (request, response) => {
    request.resume();
    response.end('"OK"');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const connect = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = offlineClient({ url: `https://${address}/shop`, connect, ca: pair.cert, maxAttempts: 1 });
  return await client.send(SALE);
}

test.each(['192.0.2.7', '[2001:db8::7]'])(
  'a shop whose certificate names the address %s is believed, and Node warns of nothing',
  async (address) => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    await expect(sendTo(address)).resolves.toMatchObject({ status: 'accepted' });
    expect(warnings).toEqual([]);
  },
);

test.each(['192.0.2.8', '127.0.0.1', '[2001:db8::8]'])(
  'one whose certificate does not name the address %s is not',
  async (address) => {
    await expect(sendTo(address)).rejects.toMatchObject({ code: 'tls_untrusted', outcome: 'held' });
  },
);
