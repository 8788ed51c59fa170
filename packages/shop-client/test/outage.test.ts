import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SqliteOutbox } from '../src/adapters/sqlite/outbox.ts';
import { certificatePair } from './support/certificates.ts';
import { SALE } from './support/client.ts';
import { answer, openTill, shopThat, temporaryFolder, unreachable } from './support/till.ts';

const until = (condition: () => boolean) => vi.waitFor(() => expect(condition()).toBe(true), 25_000);

/** A shop over TLS that can go away, with its port, and come back. */
async function shopThatGoesAway() {
  const pair = certificatePair('ec', 1, 'IP:127.0.0.1');
  let port = 0;
  let posts = 0;
  const open = async () => {
    const server = createServer(pair, (request, response) => {
      posts += 1;
      request.resume().once('end', () => response.end('"OK"'));
    });
    await once(server.listen(port, '127.0.0.1'), 'listening');
    port = (server.address() as AddressInfo).port;
    return () => {
      server.closeAllConnections();
      server.close();
    };
  };
  let goAway = await open();
  onTestFinished(() => goAway());
  return {
    ca: pair.cert,
    url: `https://127.0.0.1:${port}/shop`,
    posts: () => posts,
    goAway: () => goAway(),
    comeBack: async () => {
      goAway = await open();
    },
  };
}

describe('after an outage', () => {
  test.each([1, 40])(
    'the queue of a shop that was away for some seconds moves within a few, where %i sales wait',
    async (sales) => {
      const { url, ca, goAway, comeBack, posts } = await shopThatGoesAway();
      const till = await openTill({ url, ca }, { random: Math.random });
      const { saleId } = await till.record(SALE);
      await till.accepted(saleId);
      goAway();
      await Promise.all(Array.from({ length: sales }, () => till.record(SALE)));
      await sleep(6_000);
      expect(till.status().queued).toBe(sales);
      await comeBack();
      const backAt = performance.now();
      await until(() => till.status().queued === 0);
      expect(performance.now() - backAt).toBeLessThan(6_000);
      expect(posts()).toBe(1 + sales);
    },
    30_000,
  );

  test('a till that starts tries at once, though it was to be tried much later', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const before = await openTill({ file, deliver: false });
    await Promise.all(Array.from({ length: 8 }, () => before.record(SALE)));
    await before.close();
    const outbox = new SqliteOutbox(file);
    const triedAt = Date.now() - 20_000;
    const road = { failures: 100, notBefore: triedAt + 59_000, delayMs: 59_000 };
    outbox.commit([{ type: 'road', protocol: 1, road }]);
    outbox.close();
    const till = await openTill({ file }, { ...shopThat(() => answer(200)), random: () => 0.1 });
    const openedAt = performance.now();
    await until(() => till.status().accepted === 8);
    expect(performance.now() - openedAt).toBeLessThan(5_000);
  });

  test('a held till that starts tries at once, and says that it goes on', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const before = await openTill(
      { file },
      { ...shopThat(() => answer(403)), clock: () => 1_795_000_000_000 },
    );
    await before.record(SALE);
    await once(before, 'held');
    await before.close();
    const startedAt = performance.now();
    const later = () => 1_795_000_030_000 + Math.floor(performance.now() - startedAt);
    const till = await openTill(
      { file },
      { ...shopThat(() => answer(200)), clock: later, random: () => 0.1 },
    );
    await once(till, 'resumed');
    await until(() => till.status().accepted === 1);
  });
});

describe('networkAvailable()', () => {
  /** A till behind a road that was tried in vain, and would be tried again after a minute. */
  async function tillBehindAnOutage(deliver = true) {
    let up = false;
    let now = 1_795_000_000_000;
    const shop = shopThat(() => (up ? answer(200) : unreachable));
    const till = await openTill(
      { concurrency: 8, deliver },
      { ...shop, clock: () => now, random: () => 0.99 },
    );
    await Promise.all(Array.from({ length: 8 }, () => till.record(SALE)));
    if (deliver) await until(() => shop.posted.length === 8);
    return {
      till,
      shop,
      comeBack: () => {
        up = true;
      },
      pass: (ms: number) => {
        now += ms;
      },
    };
  }

  test('has what waits tried within a second', async () => {
    const { till, shop, comeBack, pass } = await tillBehindAnOutage();
    await sleep(30);
    expect(shop.posted).toHaveLength(8);
    comeBack();
    till.networkAvailable();
    await sleep(30);
    expect(shop.posted).toHaveLength(8);
    pass(1_000);
    await until(() => till.status().accepted === 8);
  });

  test('called by an interface that comes and goes makes no storm', async () => {
    const { till, shop, pass } = await tillBehindAnOutage();
    for (let times = 0; times < 300; times++) {
      till.networkAvailable();
      pass(10);
      await sleep(1);
    }
    await until(() => shop.posted.length > 8);
    expect(shop.posted.length).toBeLessThanOrEqual(11);
  });

  test('where another process delivers, and after close(), does nothing', async () => {
    const { till, shop } = await tillBehindAnOutage(false);
    till.networkAvailable();
    await sleep(30);
    await till.close();
    till.networkAvailable();
    expect(shop.posted).toEqual([]);
  });
});
