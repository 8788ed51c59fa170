import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { issueCertificate, selfSignedCertificate } from '@amis-shop/sandbox';
import { ShopClient } from '@amis-shop/shop-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BOOKED_ONCE, clientOf, failure, nextFaults, openShop, SALE, settingsFor } from './support.ts';

const LARGE_SALE = {
  sales: Array.from({ length: 5 }, (_, i) => ({
    item_no: `${100 + i}`,
    gross_number: '1',
    gross_turnover: '9.90',
  })),
};

test('a sale is sealed, posted to the stable name over verified TLS, opened and booked, and the receipt says so', async () => {
  const shop = await openShop();
  const receipt = await clientOf(shop).send(SALE, { saleId: 'receipt-4711' });
  expect(receipt).toEqual({
    status: 'accepted',
    saleId: 'receipt-4711',
    shopId: 'AMIS1',
    keyAlias: 'alias/KeyL-AMIS1',
    kid: expect.stringMatching(/^[\w-]{43}$/),
    protocol: 1,
    url: shop.url,
    statusCode: 200,
    content: '"OK"',
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    attempts: 1,
    durationMs: expect.any(Number),
  });
  expect(shop.books()).toMatchObject({
    booked: 1,
    shops: [{ items: [BOOKED_ONCE] }],
    recent: [{ id: 'receipt-4711' }],
  });
});

test.each(['api', 'amis'])('each of the stable names leads to the shop: %s', async (name) => {
  const shop = await openShop();
  const url = shop.urls.find((each) => each.startsWith(`https://${name}.`)) ?? '';
  await expect(clientOf(shop, { url }).send(SALE)).resolves.toMatchObject({ status: 'accepted', url });
});

test('a sale that does not fit version 1 goes by version 2', async () => {
  const shop = await openShop();
  await expect(clientOf(shop).send(LARGE_SALE)).resolves.toMatchObject({ protocol: 2, attempts: 1 });
  expect(shop.books()).toMatchObject({ booked: 1, recent: [{ version: 2, lines: 5 }] });
});

test('where version 1 is forced it goes in parts, each booked once, and the receipt names them', async () => {
  const shop = await openShop();
  shop.setFaults(nextFaults('', 'lost-ack'));
  const receipt = await clientOf(shop, { protocol: 1 }).send(LARGE_SALE, { saleId: 'mine' });
  expect(receipt).toMatchObject({ protocol: 1, attempts: 4 });
  expect(receipt.parts?.map(({ saleId, attempts }) => [saleId, attempts])).toEqual([
    ['mine.1', 1],
    ['mine.2', 2],
    ['mine.3', 1],
  ]);
  expect(shop.books()).toMatchObject({ booked: 3, repeated: 1 });
});

test('the back end of 2020 takes our version 1 as it is, and counts a repeat again', async () => {
  const shop = await openShop({ oldBackEnd: true });
  shop.setFaults(nextFaults('lost-ack'));
  await expect(clientOf(shop).send(SALE)).resolves.toMatchObject({ attempts: 2 });
  expect(shop.books()).toMatchObject({
    booked: 2,
    shops: [{ items: [{ item: 's-12345', gross_number: '10' }] }],
  });
});

test('a part that fails leaves a sale that post() finishes, with nothing booked twice', async () => {
  const shop = await openShop();
  shop.setFaults(nextFaults('', 'quota'));
  const client = clientOf(shop, { protocol: 1 });
  const error = await failure(client.send(LARGE_SALE));
  expect(error).toMatchObject({
    code: 'quota_exceeded',
    outcome: 'unknown',
    message: expect.stringContaining('Parts 1 to 1 of 3'),
    accepted: [{ statusCode: 200 }],
    hint: expect.stringContaining('look in the shop'),
  });
  await expect(client.post(error.sealed)).resolves.toMatchObject({ status: 'accepted' });
  expect(shop.books()).toMatchObject({ booked: 3, posts: 3, repeated: 0 });
});

test('a registered till signs, and the shop knows who sent it', async () => {
  const device = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = device.publicKey.export({ format: 'jwk' });
  const shop = await openShop({
    shops: { AMIS1: { devices: [{ tillId: 'till-07', jwk }], requireSignature: true } },
  });
  await clientOf(shop, { tillId: 'till-07', deviceKey: device.privateKey }).send(SALE);
  expect(shop.books()).toMatchObject({ booked: 1, recent: [{ till_id: 'till-07', signed: true }] });
  await clientOf(shop).send(SALE);
  expect(shop.books()).toMatchObject({ booked: 1, poison_reasons: { signature: 1 } });
});

describe('a fault on the way never makes two bookings of one sale', () => {
  test.each([
    ['lost-ack', { booked: 1, repeated: 1 }],
    ['reset', { booked: 1, repeated: 0 }],
    ['status-500', { booked: 1, repeated: 0 }],
    ['status-502', { booked: 1, repeated: 0 }],
    ['status-503', { booked: 1, repeated: 0 }],
    ['status-429', { booked: 1, repeated: 0 }],
    ['captive-portal', { booked: 1, repeated: 0 }],
  ])('%s: retried with the same bytes', async (fault, books) => {
    const shop = await openShop();
    shop.setFaults(nextFaults(fault));
    await expect(clientOf(shop).send(SALE)).resolves.toMatchObject({ attempts: 2 });
    expect(shop.books()).toMatchObject({ ...books, shops: [{ items: [BOOKED_ONCE] }] });
  });

  test('an answer that never comes is given up after timeoutMs, and the same bytes go again', async () => {
    const shop = await openShop({ slowMs: 2_000 });
    shop.setFaults(nextFaults('delay'));
    await expect(clientOf(shop, { timeoutMs: 300 }).send(SALE)).resolves.toMatchObject({ attempts: 2 });
    await expect.poll(() => shop.books().posts).toBe(2);
    expect(shop.books().booked).toBe(1);
  });

  test('when attempts run out, the error says that the shop may have it, and post() brings it home once', async () => {
    const shop = await openShop();
    shop.setFaults(nextFaults('lost-ack', 'lost-ack'));
    const client = clientOf(shop, { maxAttempts: 2 });
    const error = await failure(client.send(SALE));
    expect(error).toMatchObject({ code: 'answer_lost', outcome: 'unknown', retryable: true, attempts: 2 });
    await client.post(error.sealed);
    expect(shop.books()).toMatchObject({ booked: 1, repeated: 2 });
  });

  test('an earlier post that may have arrived is not forgotten over a later one that did not', async () => {
    const shop = await openShop();
    shop.setFaults(nextFaults('lost-ack', 'status-429'));
    const error = await failure(clientOf(shop, { maxAttempts: 2 }).send(SALE));
    expect(error).toMatchObject({ code: 'throttled', outcome: 'unknown' });
  });
});

describe('what nobody should wait for is told at once, with one post', () => {
  test('a shop that does not take version 2', async () => {
    const shop = await openShop({ oldBackEnd: true });
    const error = await failure(clientOf(shop).send(LARGE_SALE));
    expect(error).toMatchObject({
      code: 'protocol_not_supported',
      outcome: 'held',
      statusCode: 403,
      attempts: 1,
    });
  });

  test('a wrong path', async () => {
    const shop = await openShop();
    const error = await failure(clientOf(shop, { url: `${shop.url}s` }).send(SALE));
    expect(error).toMatchObject({
      code: 'no_such_route',
      outcome: 'held',
      attempts: 1,
      requestId: expect.any(String),
    });
  });

  test('a quota that is used up', async () => {
    const shop = await openShop({ faults: 'quota:1' });
    expect(await failure(clientOf(shop).send(SALE))).toMatchObject({ code: 'quota_exceeded', attempts: 1 });
  });
});

describe('a certificate that cannot be trusted: nothing is sent, and it is told at once', () => {
  const day = 86_400_000;
  const names = ['api.shop.test', 'amis.shop.test'];
  const from = (days: number) => new Date(Date.now() + days * day);

  test.each([
    ['expired', 'CERT_HAS_EXPIRED', { names, notBefore: from(-2), notAfter: from(-1) }],
    ['not valid yet', 'CERT_NOT_YET_VALID', { names, notBefore: from(1), notAfter: from(2) }],
    ['for another name', 'ERR_TLS_CERT_ALTNAME_INVALID', { names: ['other.shop.test'] }],
  ])('%s', async (_, detail, request) => {
    const shop = await openShop();
    shop.presentCertificate(issueCertificate(shop.authority, request));
    const error = await failure(clientOf(shop).send(SALE));
    expect(error).toMatchObject({
      code: 'tls_untrusted',
      outcome: 'held',
      attempts: 1,
      message: expect.stringContaining(detail),
    });
    expect(shop.books().posts).toBe(0);
  });

  test('self-signed', async () => {
    const shop = await openShop();
    shop.presentCertificate(selfSignedCertificate({ names }));
    expect(await failure(clientOf(shop).send(SALE))).toMatchObject({ code: 'tls_untrusted' });
  });

  test('by an authority that the till does not know', async () => {
    const shop = await openShop();
    const { ca: _, ...settings } = settingsFor(shop);
    expect(await failure(new ShopClient(settings).send(SALE))).toMatchObject({
      code: 'tls_untrusted',
      attempts: 1,
    });
    expect(shop.books().posts).toBe(0);
  });
});

describe('what stands in the place of the shop', () => {
  const listen = async (answer: Parameters<typeof createServer>[1]) => {
    const server = createServer(answer).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  test('a redirect is never followed', async () => {
    const shop = await openShop();
    let followed = 0;
    const target = await listen((_, response) => {
      followed += 1;
      response.end('"OK"');
    });
    const url = await listen((_, response) => response.writeHead(307, { location: target }).end());
    const error = await failure(clientOf(shop, { url, connect: undefined, maxAttempts: 2 }).send(SALE));
    expect(error).toMatchObject({ code: 'not_our_shop', outcome: 'unknown', statusCode: 307, attempts: 2 });
    expect(followed).toBe(0);
  });

  test('a captive portal that says 200 to everything is never success', async () => {
    const shop = await openShop({ faults: 'captive-portal:1' });
    const error = await failure(clientOf(shop, { maxAttempts: 2 }).send(SALE));
    expect(error).toMatchObject({ code: 'not_our_shop', outcome: 'unknown', statusCode: 200 });
    expect(shop.books().booked).toBe(0);
  });

  test('a compressed answer is not unpacked, and is not the shop', async () => {
    const shop = await openShop();
    const url = await listen((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('"OK"'));
    });
    const error = await failure(clientOf(shop, { url, connect: undefined, maxAttempts: 1 }).send(SALE));
    expect(error).toMatchObject({ code: 'not_our_shop', outcome: 'unknown', content: '' });
  });

  test('is told the sale id as a structured-field string, JSON, and to whom it should answer', async () => {
    const shop = await openShop();
    const seen: IncomingHttpHeaders[] = [];
    const url = await listen((request, response) => {
      seen.push(request.headers);
      response.end('"OK"');
    });
    await clientOf(shop, { url, connect: undefined }).send(SALE, { saleId: 'till-07:4711' });
    expect(seen).toMatchObject([
      {
        'idempotency-key': '"till-07:4711"',
        'content-type': 'application/json',
        'user-agent': 'amis-shop-client',
      },
    ]);
  });

  test('an answer without end is cut off, and is not the shop', async () => {
    const shop = await openShop();
    const url = await listen((_, response) => {
      const flood = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        response.once('drain', flood);
      };
      flood();
    });
    const error = await failure(clientOf(shop, { url, connect: undefined, maxAttempts: 1 }).send(SALE));
    expect(error).toMatchObject({ code: 'not_our_shop', statusCode: 200 });
  });

  test('nobody listening: not reached, and nothing can have arrived', async () => {
    const shop = await openShop();
    const error = await failure(clientOf(shop, { connect: '127.0.0.1:1', maxAttempts: 2 }).send(SALE));
    expect(error).toMatchObject({ code: 'not_reached', outcome: 'retry', attempts: 2 });
  });

  test('a name that does not resolve: not reached', async () => {
    const shop = await openShop();
    const { connect: _, ...settings } = settingsFor(shop);
    const client = new ShopClient({ ...settings, url: 'https://api.shop.invalid/shop', maxAttempts: 1 });
    expect(await failure(client.send(SALE))).toMatchObject({
      code: 'not_reached',
      message: expect.stringContaining('api.shop.invalid'),
    });
  });

  test('a server that speaks no TLS: not reached', async () => {
    const shop = await openShop();
    const connect = (await listen((_, response) => response.end())).replace('http://', '');
    const error = await failure(clientOf(shop, { connect, maxAttempts: 1 }).send(SALE));
    expect(error).toMatchObject({ code: 'not_reached', outcome: 'retry' });
  });
});

describe('abort', () => {
  test('during a post stops at once; the sale can be posted again and is booked once', async () => {
    const shop = await openShop({ slowMs: 1_000 });
    shop.setFaults(nextFaults('delay'));
    const client = clientOf(shop);
    const sealed = await client.seal(SALE);
    const error = await failure(client.post(sealed, { signal: AbortSignal.timeout(100) }));
    expect(error).toMatchObject({ code: 'aborted', outcome: 'unknown', attempts: 1 });
    await client.post(error.sealed);
    await expect.poll(() => shop.books().posts).toBe(2);
    expect(shop.books().booked).toBe(1);
  });

  test('before anything was sent is an error that says so', async () => {
    const shop = await openShop();
    const sending = clientOf(shop).send(SALE, { signal: AbortSignal.abort() });
    await expect(sending).rejects.toMatchObject({
      code: 'aborted',
      message: 'Stopped before anything was sent.',
    });
    expect(shop.books().posts).toBe(0);
  });
});

test('a connection is kept for the next sale', async () => {
  const shop = await openShop();
  const client = clientOf(shop);
  for (let i = 0; i < 3; i += 1) await client.send(SALE);
  shop.presentCertificate(selfSignedCertificate({ names: ['api.shop.test'] }));
  await expect(client.send(SALE)).resolves.toMatchObject({ attempts: 1 });
});

test('no error carries the payload, the key or the credentials', async () => {
  const shop = await openShop({ faults: 'status-500:1' });
  const error = await failure(clientOf(shop, { maxAttempts: 1 }).send(SALE));
  const { inspect } = await import('node:util');
  const printed = inspect(error, { depth: 10 }) + JSON.stringify(error);
  expect(printed).not.toMatch(/12345|60\.00|content_base64|secretAccessKey/);
});
