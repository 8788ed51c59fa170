import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One notification, as Alertmanager posts it. */
export interface Notification {
  /** The last part of the path. */
  receiver: string;
  status: 'firing' | 'resolved';
  alerts: {
    status: 'firing' | 'resolved';
    labels: Record<string, string>;
    annotations: Record<string, string>;
  }[];
}

export interface Receiver extends Disposable {
  /** `HOST:PORT`. */
  at: string;
  /** In the order in which they came. */
  received: readonly Notification[];
}

/** Listens on loopback for what Alertmanager sends, whatever the path. */
export async function recordWebhooks(): Promise<Receiver> {
  const received: Notification[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    received.push({ ...(JSON.parse(body) as Notification), receiver: request.url?.slice(1) ?? '' });
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    at: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
