export interface Sdk {
  gateway: typeof import('@aws-sdk/client-api-gateway');
  gatewayV2: typeof import('@aws-sdk/client-apigatewayv2');
  acm: typeof import('@aws-sdk/client-acm');
  route53: typeof import('@aws-sdk/client-route-53');
  kms: typeof import('@aws-sdk/client-kms');
}

/**
 * Loads the official clients, which nobody pays for who does not ask AWS.
 * @throws an error named SdkMissing where the library is used and they are not installed
 */
export async function loadSdk(): Promise<Sdk> {
  try {
    return await importClients();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw Object.assign(new Error('the AWS SDK is not installed', { cause }), { name: 'SdkMissing' });
  }
}

async function importClients(): Promise<Sdk> {
  const [gateway, gatewayV2, acm, route53, kms] = await Promise.all([
    import('@aws-sdk/client-api-gateway'),
    import('@aws-sdk/client-apigatewayv2'),
    import('@aws-sdk/client-acm'),
    import('@aws-sdk/client-route-53'),
    import('@aws-sdk/client-kms'),
  ]);
  return { gateway, gatewayV2, acm, route53, kms };
}
