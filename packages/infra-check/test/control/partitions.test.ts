import { afterEach, expect, test, vi } from 'vitest';
import { checkInfra } from '../../src/check.ts';
import { withAwsEnvironment } from './support/env.ts';
import { HOST } from './support/healthy-shop.ts';
import { failing, startWire, type Wire } from './support/wire.ts';

withAwsEnvironment();

let wire: Wire | undefined;

afterEach(async () => {
  vi.unstubAllEnvs();
  await wire?.close();
});

test.each([
  ['eu-west-1', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['us-east-1', 'aws'],
])('what may not be read in %s is named by an ARN of the partition %s', async (region, partition) => {
  wire = await startWire({
    GetDomainName: failing('AccessDeniedException', 403),
    GetHostedZone: failing('AccessDenied', 403),
  });
  vi.stubEnv('AWS_ENDPOINT_URL', wire.url);
  vi.stubEnv('AWS_REGION', region);
  const expectations = {
    aws: true,
    only: ['control-plane'],
    resolvers: ['127.0.0.1:9'],
    connect: '127.0.0.1:9',
  };
  const { findings } = await checkInfra(HOST, expectations);
  const fixOf = (name: string) => findings.find(({ check }) => check === name)?.fix;
  expect(fixOf('control-plane.domain-name')).toContain(
    ` on arn:${partition}:apigateway:${region}::/domainnames/${HOST} `,
  );
  expect(fixOf('control-plane.zone')).toContain(` on arn:${partition}:route53:::hostedzone/Z1SHOP `);
});
