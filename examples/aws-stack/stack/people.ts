import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Gateway } from './gateway.ts';
import { viaServices } from './key-statements.ts';
import type { ShopOptions } from './options.ts';
import type { Pipeline } from './pipeline.ts';
import { allow } from './shop-function.ts';
import type { ShopKeys } from './shop-keys.ts';
import type { Tables } from './tables.ts';

/** What a till's role needs, to be attached to it: the public keys, and the gateway where it asks who posts. */
export function tillPolicy(
  scope: Construct,
  { keys, gateway, options }: { keys: ShopKeys; gateway: Gateway; options: ShopOptions },
): ManagedPolicy {
  const invoke = allow(['execute-api:Invoke'], ...gateway.methods.map((method) => method.methodArn));
  return new ManagedPolicy(scope, 'TillPolicy', {
    description: `What a till of ${options.stackName} may do`,
    statements: [
      allow([...keys.tillActions], ...keys.arns),
      ...(options.authorization === 'iam' ? [invoke] : []),
    ],
  });
}

interface Kept {
  keys: ShopKeys;
  tables: Tables;
  pipeline: Pipeline;
  transitKey: IKey;
}

/** What those need who keep the registry, read the dead letters and send them back; opened sales lie among them. */
export function operatorPolicy(
  scope: Construct,
  { keys, tables, pipeline, transitKey }: Kept,
): ManagedPolicy {
  const { toDecrypt, toProcess } = pipeline;
  const letters = [toDecrypt.deadLetters.queueArn, toProcess.deadLetters.queueArn];
  const taking = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];
  const moving = ['StartMessageMoveTask', 'ListMessageMoveTasks', 'CancelMessageMoveTask'];
  const key = allow(['kms:Decrypt', 'kms:GenerateDataKey'], transitKey.keyArn);
  key.addConditions(viaServices(scope, 'sqs'));
  return new ManagedPolicy(scope, 'OperatorPolicy', {
    description: 'Keeps the registry of shops and tills, and sends dead letters back',
    statements: [
      allow(['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'], tables.registry.tableArn),
      allow(['kms:GetPublicKey'], ...keys.arns),
      allow(
        [...taking, ...moving].map((action) => `sqs:${action}`),
        ...letters,
      ),
      allow(
        ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
        toDecrypt.queue.queueArn,
        toProcess.queue.queueArn,
      ),
      key,
    ],
  });
}
