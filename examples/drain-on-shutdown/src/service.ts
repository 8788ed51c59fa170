import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { InvalidSaleError, type Sale, ShopError, type Till } from '@amis-shop/shop-client';

/**
 * `POST /sales` with a sale as JSON: 201 with its number and id when it is on disk, 400 when it is no sale, 503 when it could not
 * be recorded.
 */
export function salesService(till: Till) {
  return createServer((request, response) => {
    void answer(till, request).then(([status, body]) => send(response, status, body));
  });
}

async function answer(till: Till, request: IncomingMessage): Promise<[status: number, body: object]> {
  if (request.method !== 'POST' || request.url !== '/sales') return [404, { error: 'no such route' }];
  try {
    const { saleId, seq } = await till.record((await json(request)) as Sale);
    return [201, { saleId, seq }];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvalidSaleError)
      return [400, { error: error.message }];
    const { code } = error instanceof ShopError ? error : { code: 'internal' };
    return [503, { error: code }];
  }
}

/** Without keep-alive once the service closes: no caller holds it open. */
function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(text);
}
