import type { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import type { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import type { AwsAnswer } from '../../core/aws-call.ts';
import type { Limits } from '../limits.ts';
import { ask, type Clock } from './ask.ts';
import { bounded } from './bounded.ts';
import { checkEndpoints } from './endpoints.ts';
import type { Sdk } from './sdk.ts';

/** What all clients of one run share: credentials are looked up once, and connections are kept. */
export interface Session {
  region: string;
  /** Such as `aws` or `aws-cn`, as ARNs begin. */
  partition: string;
  signal: AbortSignal;
  clock: Clock;
  sdk: Sdk;
  settings: Settings;
  gateway: APIGatewayClient;
  gatewayV2: ApiGatewayV2Client;
  /** Ends all connections, finished or not. */
  close(): void;
}

type Settings = Pick<APIGatewayClient['config'], 'credentials' | 'requestHandler'> & { region: string };

const NOBODY = { operation: 'credentials', permission: '', resource: '' };

/** Loads the SDK, and finds region and credentials by AWS's own chain. */
export async function openSession(limits: Limits): Promise<AwsAnswer<Session>> {
  const clock: Clock = { offsetS: null };
  const { signal } = limits;
  return ask({ signal, clock }, NOBODY, async () => {
    checkEndpoints();
    const { loadSdk } = await import('./sdk.ts');
    const sdk = await loadSdk();
    const gateway = new sdk.gateway.APIGatewayClient({
      requestHandler: {
        connectionTimeout: limits.connectMs / 2,
        requestTimeout: limits.answerMs / 2,
        throwOnRequestTimeout: true,
      },
    });
    const region = await gateway.config.region().catch((cause: unknown) => {
      throw Object.assign(new Error('no usable region is set', { cause }), { name: 'RegionError' });
    });
    await gateway.config.credentials();
    const { credentials, requestHandler } = gateway.config;
    listen(requestHandler, clock);
    const settings = { region, credentials, requestHandler };
    return {
      region,
      partition: partitionOf(region),
      signal,
      clock,
      sdk,
      settings,
      gateway,
      gatewayV2: new sdk.gatewayV2.ApiGatewayV2Client(settings),
      close: () => gateway.destroy(),
    };
  });
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Reads the clock of every answer, and lets none be endless. */
function listen(handler: Settings['requestHandler'], clock: Clock): void {
  const handle = handler.handle.bind(handler);
  handler.handle = async (request, options) => {
    const answer = await handle(request, options);
    const { headers, body } = answer.response;
    const date = Date.parse(String(headers?.date ?? ''));
    if (!Number.isNaN(date)) clock.offsetS = Math.round((Date.now() - date) / 1000);
    answer.response.body = bounded(body);
    return answer;
  };
}
