import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Sandbox } from '@amis-shop/sandbox';
import { APIGatewayClient, GetBasePathMappingsCommand } from '@aws-sdk/client-api-gateway';

interface Asked {
  method: string;
  /** Below the stage. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Certificate {
  cert: string;
  key: string;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Api = (asked: Asked) => Promise<Answer>;

const HEADERS = {
  'content-type': 'application/json',
  'x-amzn-requestid': randomUUID(),
  'x-amz-apigw-id': 'walk',
};
const refusal = (type: string, message: string): Answer => ({
  status: 403,
  headers: { ...HEADERS, 'x-amzn-errortype': type },
  body: JSON.stringify({ message }),
});

/** API Gateway's front: a name leads where its mapping says at this moment, an API's own address to that API. */
export async function startFront(
  certificateFor: (name: string) => Certificate,
  apis: ReadonlyMap<string, Api>,
) {
  const gateway = new APIGatewayClient();
  const mapped = async (domainName: string) => {
    const { items = [] } = await gateway.send(new GetBasePathMappingsCommand({ domainName }));
    return items[0]?.restApiId;
  };
  const answer = async (asked: Asked): Promise<Answer> => {
    const [host = ''] = asked.headers.host?.split(':') ?? [];
    const own = /^(\w+)\.execute-api\./.exec(host)?.[1];
    const api = apis.get(own ?? (await mapped(host)) ?? '');
    if (api === undefined) return refusal('ForbiddenException', 'Forbidden');
    return api({ ...asked, path: own ? asked.path.replace(/^\/prod/, '') : asked.path });
  };
  const choose = (name: string, done: (error: null, context: SecureContext) => void) =>
    done(null, createSecureContext(certificateFor(name)));
  const server = createServer({ SNICallback: choose }, (req, res) => {
    const { method = '', url: path = '', headers } = req;
    text(req)
      .then((body) => answer({ method, path, headers, body }))
      .then(({ status, headers, body }) => res.writeHead(status, headers).end(body))
      .catch(() => req.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      server.close();
      gateway.destroy();
    },
  };
}

/** The shop of 2020, as the sandbox plays it. */
export const oldApi =
  ({ url, connect, ca }: Sandbox): Api =>
  async ({ method, path, headers, body }) => {
    const { hostname } = new URL(url);
    const [host = '', port = ''] = connect.split(':');
    const req = request({
      ...{ host, port, method, path, ca, servername: hostname, agent: false },
      headers: { ...headers, host: hostname },
    });
    req.end(body);
    const [res] = await once(req, 'response');
    return { status: res.statusCode, headers: res.headers, body: await text(res) };
  };

/** The methods of the stack, with its function behind them. */
export const newApi =
  (accept: (body: string) => Promise<{ statusCode: number; body: string }>): Api =>
  async ({ method, path, body }) => {
    if (method !== 'POST' || !['/shop', '/shop/v2'].includes(path)) {
      return refusal('MissingAuthenticationTokenException', 'Missing Authentication Token');
    }
    const answer = await accept(body);
    return { status: answer.statusCode, headers: HEADERS, body: answer.body };
  };
