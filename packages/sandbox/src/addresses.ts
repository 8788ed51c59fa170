import { randomBytes } from 'node:crypto';
import { AWS_CREDENTIALS } from './admission.ts';

export interface Doors {
  readonly port: number;
  readonly kmsPort: number;
  readonly region: string;
  readonly caFile: string;
}

/** Where everything is, and the environment that leads there. */
export function addressesOf(names: readonly string[], { port, kmsPort, region, caFile }: Doors) {
  const urls = names.map((name) => `https://${name}:${port}/shop`);
  const url = urls[0] ?? '';
  const connect = `127.0.0.1:${port}`;
  const console = `http://127.0.0.1:${kmsPort}`;
  // A path of its own for each run: whoever keeps public keys by endpoint does not take those of an earlier run.
  const kmsEndpoint = `${console}/${randomBytes(6).toString('hex')}`;
  const env = {
    AWS_ENDPOINT_URL_KMS: kmsEndpoint,
    AWS_REGION: region,
    // boto3 reads only this one.
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: AWS_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: AWS_CREDENTIALS.secretAccessKey,
    SHOP_SEND_URL: url,
    SHOP_SEND_CA: caFile,
    SHOP_SEND_CONNECT: connect,
  };
  return { url, urls, connect, caFile, kmsEndpoint, region, pageUrl: `${console}/`, env };
}
