import { constants, publicEncrypt } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Sandbox } from '../../src/index.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface Asked {
  method?: string;
  /** The URL as the till has it; the connection goes to the sandbox. */
  url?: string;
  headers?: Record<string, string>;
  body?: string;
  ca?: string;
  agent?: RequestOptions['agent'];
  /** In the place of the sandbox's own. */
  address?: string;
}

/** One HTTPS request over a real socket, verified against the sandbox's authority; rejects where no answer came. */
export function ask(
  sandbox: Pick<Sandbox, 'url' | 'connect' | 'ca'>,
  { method = 'POST', url = sandbox.url, body = '', address, ...rest }: Asked = {},
) {
  const { hostname, host, pathname } = new URL(url);
  const [usual, port] = sandbox.connect.split(':');
  return exchange(httpsRequest, body, {
    ca: sandbox.ca,
    agent: false,
    ...rest,
    method,
    host: address ?? usual,
    port,
    path: pathname,
    servername: hostname,
    headers: { host, 'content-type': 'application/json', ...rest.headers },
  });
}

export function askPlain(url: string, options: RequestOptions = {}, body = ''): Promise<Answer> {
  const { hostname, port, pathname } = new URL(url);
  return exchange(httpRequest, body, { agent: false, host: hostname, port, path: pathname, ...options });
}

function exchange(request: typeof httpsRequest, body: string, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A call of KMS with nothing but HTTP. */
export async function callKms(sandbox: Pick<Sandbox, 'pageUrl'>, action: string, input: object) {
  const headers = { 'x-amz-target': `TrentService.${action}` };
  const { text } = await askPlain(sandbox.pageUrl, { method: 'POST', headers }, JSON.stringify(input));
  return JSON.parse(text) as Record<string, unknown>;
}

export const oneLine = (item_no = '98', gross_number = '5', gross_turnover = '60.00') => ({
  sales: [{ item_no, gross_number, gross_turnover }],
});

/** A version 1 message, sealed with nothing but RSAES-OAEP-SHA-256 under the key that GetPublicKey gave. */
export async function seal(
  sandbox: Pick<Sandbox, 'pageUrl'>,
  sale: object = oneLine(),
  shopId = 'AMIS1',
): Promise<string> {
  const { PublicKey } = await callKms(sandbox, 'GetPublicKey', { KeyId: `alias/KeyL-${shopId}` });
  const key = `-----BEGIN PUBLIC KEY-----\n${PublicKey}\n-----END PUBLIC KEY-----\n`;
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const ciphertext = publicEncrypt({ key, padding, oaepHash: 'sha256' }, Buffer.from(JSON.stringify(sale)));
  return JSON.stringify({ shop_id: shopId, content_base64: ciphertext.toString('base64') });
}
