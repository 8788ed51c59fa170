import { nodeProxyEnv } from './proxy.ts';

const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * How the AWS SDK reaches KMS: with a certificate that verifies, also where NODE_TLS_REJECT_UNAUTHORIZED would have it
 * otherwise, and through the proxy that Node's own agent was told of (NODE_USE_ENV_PROXY).
 */
export function awsRequestHandler() {
  const proxyEnv = nodeProxyEnv();
  return {
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    httpsAgent: { keepAlive: true, rejectUnauthorized: true, ...(proxyEnv && { proxyEnv }) },
  };
}
