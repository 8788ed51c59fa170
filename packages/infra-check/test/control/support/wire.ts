import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { healthyShop } from './healthy-shop.ts';

export interface WireRequest {
  operation: string;
  /** With the query. */
  path: string;
  body: string;
  headers: IncomingMessage['headers'];
  /** How often this operation was asked before. */
  earlier: number;
}

export interface WireAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON. */
  body?: string | object;
}

/** `hang` never answers; a function may write what it wants. */
export type Behaviour =
  | WireAnswer
  | 'hang'
  | ((request: WireRequest, response: ServerResponse) => WireAnswer | 'hang' | undefined);

export interface Wire {
  url: string;
  requests: WireRequest[];
  close(): Promise<void>;
}

/** AWS's services on one port of loopback, in their own formats; a shop in good order but for what the test says. */
export async function startWire(behaviours: Record<string, Behaviour> = {}): Promise<Wire> {
  const requests: WireRequest[] = [];
  const server = createServer((incoming, response) => {
    void readAll(incoming).then((body) => {
      const { url: path = '/', headers } = incoming;
      const operation = operationOf(incoming);
      const earlier = requests.filter((one) => one.operation === operation).length;
      const request = { operation, path, body, headers, earlier };
      requests.push(request);
      const behaviour = behaviours[operation] ?? behaviours['*'] ?? healthyShop(request);
      const answer = typeof behaviour === 'function' ? behaviour(request, response) : behaviour;
      if (answer !== undefined && answer !== 'hang') send(response, answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '' }: WireAnswer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/xml' : 'application/json', ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

const ROUTES: readonly (readonly [path: RegExp, operation: string])[] = [
  [/^\/v2\/domainnames\/[^/]+\/apimappings/, 'GetApiMappings'],
  [/^\/v2\/domainnames\/[^/]+\/routingrules/, 'ListRoutingRules'],
  [/^\/v2\/apis\/[^/]+\/stages\//, 'GetStageV2'],
  [/^\/v2\/apis\/[^/]+\/routes/, 'GetRoutes'],
  [/^\/v2\/apis\/[^/]+$/, 'GetApi'],
  [/^\/domainnames\/[^/]+\/basepathmappings/, 'GetBasePathMappings'],
  [/^\/domainnames\/[^/]+$/, 'GetDomainName'],
  [/^\/restapis\/[^/]+\/stages\//, 'GetStage'],
  [/^\/restapis\/[^/]+\/deployments\//, 'GetDeployment'],
  [/^\/restapis\/[^/]+\/resources/, 'GetResources'],
  [/^\/restapis\/[^/]+$/, 'GetRestApi'],
  [/^\/2013-04-01\/hostedzonesbyname/, 'ListHostedZonesByName'],
  [/^\/2013-04-01\/hostedzone\/[^/]+\/rrset/, 'ListResourceRecordSets'],
  [/^\/2013-04-01\/hostedzone\/[^/]+$/, 'GetHostedZone'],
  [/^\/2013-04-01\/testdnsanswer/, 'TestDNSAnswer'],
];

/** ACM and KMS name the operation in a header, the others by method and path; anything but a reading one is `WRITE`. */
function operationOf({ method, url = '/', headers }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.')[1] ?? target;
  const found = ROUTES.find(([path]) => path.test(url.split('?', 1)[0] ?? ''));
  return method === 'GET' && found ? found[1] : `WRITE ${method} ${url}`;
}

/** An error as each service writes it. Source: the protocols' error serialization in the Smithy documents. */
export const failing =
  (code: string, status: number, message = 'no'): Behaviour =>
  ({ path, headers }) => {
    if (headers['x-amz-target']) {
      return {
        status,
        body: { __type: `com.amazonaws#${code}`, message },
        headers: { 'x-amzn-requestid': 'id-1' },
      };
    }
    if (path.startsWith('/2013-04-01/')) {
      const body = `<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>id-1</RequestId></ErrorResponse>`;
      return { status, body };
    }
    const headersOfError = { 'x-amzn-errortype': code, 'x-amzn-requestid': 'id-1' };
    return { status, body: { message }, headers: headersOfError };
  };
