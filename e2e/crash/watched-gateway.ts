import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { issueCertificate, type Sandbox } from '@amis-shop/sandbox';

/** A door before the sandbox's gateway that sees which posts are under way at once. */
export interface WatchedGateway {
  /** `HOST:PORT` */
  readonly connect: string;
  readonly posts: number;
  /** Idempotency keys that were posted again while an earlier post of them was under way. */
  readonly overlaps: readonly string[];
  /** The most posts that were under way at once. */
  readonly most: number;
  close(): Promise<void>;
}

export async function watchGateway(sandbox: Sandbox, host = '127.0.0.1'): Promise<WatchedGateway> {
  const { hostname: servername } = new URL(sandbox.url);
  const certificate = issueCertificate(sandbox.authority, { names: [servername] });
  const agent = new Agent({ keepAlive: true, ca: sandbox.ca, servername });
  const watch = new Watch();
  const server = createServer({ ...certificate }, (request, response) => {
    const end = watch.begin(request.headers['idempotency-key']);
    response.once('close', end);
    pass(request, response, { agent, connect: sandbox.connect, end }).catch(() => {
      end();
      request.socket.destroy();
    });
  }).listen(0, host);
  await once(server, 'listening');
  return {
    connect: `${host}:${(server.address() as AddressInfo).port}`,
    get posts() {
      return watch.posts;
    },
    get most() {
      return watch.most;
    },
    overlaps: watch.overlaps,
    async close() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

class Watch {
  posts = 0;
  most = 0;
  readonly overlaps: string[] = [];
  readonly #underWay = new Map<string, number>();

  /** @returns what to call when the post is over, which its sender cannot know any earlier */
  begin(header: string | string[] | undefined): () => void {
    const key = String(header);
    const before = this.#underWay.get(key) ?? 0;
    this.posts += 1;
    if (before > 0) this.overlaps.push(key);
    this.#underWay.set(key, before + 1);
    this.most = Math.max(this.most, this.#underWay.size);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      const left = (this.#underWay.get(key) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(key);
      else this.#underWay.set(key, left);
    };
  }
}

interface Passage {
  agent: Agent;
  connect: string;
  end: () => void;
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  { agent, connect, end }: Passage,
): Promise<void> {
  const [host, port] = connect.split(':');
  const { method, url, headers } = request;
  const onward = httpsRequest({ host, port, method, path: url, headers, agent });
  const answered = once(onward, 'response') as Promise<[IncomingMessage]>;
  const [[answer]] = await Promise.all([answered, pipeline(request, onward)]);
  const body = Buffer.concat(await answer.toArray());
  end();
  response.writeHead(answer.statusCode ?? 502, answer.headers).end(body);
}
