import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Gateway } from './gateway.ts';
import type { ShopOptions } from './options.ts';
import { allow } from './shop-function.ts';
import type { ShopKeys } from './shop-keys.ts';

/** What a till's role needs, to be attached to it: the public keys, and the gateway where it asks who posts. */
export function tillPolicy(
  scope: Construct,
  { keys, gateway, options }: { keys: ShopKeys; gateway: Gateway; options: ShopOptions },
): ManagedPolicy {
  const invoke = allow(['execute-api:Invoke'], ...gateway.methods.map((method) => method.methodArn));
  return new ManagedPolicy(scope, 'TillPolicy', {
    description: `What a till of ${options.stackName} may do`,
    statements: [
      allow([...keys.tillActions], ...keys.all.map((key) => key.keyArn)),
      ...(options.authorization === 'iam' ? [invoke] : []),
    ],
  });
}
