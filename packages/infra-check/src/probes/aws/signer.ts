import type { AuthPlan } from '../../core/auth-settings.ts';
import type { AwsAnswer } from '../../core/aws-call.ts';
import type { Limits } from '../limits.ts';
import { ask } from './ask.ts';

export interface RequestToSign {
  method: string;
  /** The Host header. */
  host: string;
  /** With its query. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** @returns the headers to send: those given, and those of the signature */
export type Sign = (request: RequestToSign, at: Date) => Promise<Record<string, string>>;

const CREDENTIALS = { operation: 'credentials', permission: '', resource: '' };

/**
 * Signature Version 4 by the AWS SDK's own signer, as tills sign: with region and credentials of AWS's own chain. Loads one
 * client, which is never called: its configuration is how the SDK gives them.
 */
export function openSigner(
  { region, service }: NonNullable<AuthPlan['sigV4']>,
  { signal }: Limits,
): Promise<AwsAnswer<Sign>> {
  return ask({ signal, clock: { offsetS: null } }, CREDENTIALS, async () => {
    const { APIGatewayClient } = await loadClient();
    const { config } = new APIGatewayClient(region === null ? {} : { region });
    const signingRegion = await config.region().catch((cause: unknown) => {
      throw Object.assign(new Error('no usable region is set', { cause }), { name: 'RegionError' });
    });
    await config.credentials();
    const signer = await config.signer();
    return async ({ method, host, path, headers, body }, at) => {
      const { hostname, pathname, searchParams } = new URL(path, `https://${host}`);
      const request = {
        method,
        protocol: 'https:',
        hostname,
        path: pathname,
        query: Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)])),
        headers: { ...headers, host },
        body,
      };
      const signed = await signer.sign(request, { signingService: service, signingRegion, signingDate: at });
      return signed.headers;
    };
  });
}

async function loadClient() {
  try {
    return await import('@aws-sdk/client-api-gateway');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw Object.assign(new Error('the AWS SDK is not installed', { cause }), { name: 'SdkMissing' });
  }
}
