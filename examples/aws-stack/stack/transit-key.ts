import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  ArnPrincipal,
  type IRole,
  PolicyDocument,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { administration, onThisKey, viaServices } from './key-statements.ts';

const USE = ['kms:Decrypt', 'kms:GenerateDataKey'];

/**
 * The key of topics and queues, where opened sales lie between two functions. It is kept with what lies in the dead letters.
 * @param roles of the functions that publish and receive
 */
export function transitKey(scope: Construct, roles: readonly IRole[]): Key {
  const stack = Stack.of(scope);
  const functions = roles.map((role) => new ArnPrincipal(role.roleArn));
  return new Key(scope, 'TransitKey', {
    description: `Topics and queues of ${stack.stackName}`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    policy: new PolicyDocument({
      statements: [
        administration(),
        onThisKey('FunctionsThroughTopicsAndQueues', functions, USE, viaServices(scope, 'sns', 'sqs')),
        onThisKey('OperatorsThroughQueues', [new AccountRootPrincipal()], USE, viaServices(scope, 'sqs')),
        onThisKey('TopicsIntoQueues', [new ServicePrincipal('sns.amazonaws.com')], USE, {
          ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'sns', resource: `${stack.stackName}-*` }) },
        }),
        onThisKey('AlarmsIntoTheirTopic', [new ServicePrincipal('cloudwatch.amazonaws.com')], USE, {
          StringEquals: { 'aws:SourceAccount': stack.account },
        }),
      ],
    }),
  });
}
