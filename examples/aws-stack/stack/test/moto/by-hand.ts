import { ACMClient, RequestCertificateCommand, waitUntilCertificateValidated } from '@aws-sdk/client-acm';
import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  type CreateBasePathMappingCommandInput,
  CreateDeploymentCommand,
  CreateDomainNameCommand,
  type CreateDomainNameCommandInput,
  CreateModelCommand,
  type CreateModelCommandInput,
  CreateRequestValidatorCommand,
  type CreateRequestValidatorCommandInput,
  CreateStageCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateKeyCommand, type CreateKeyCommandInput, KMSClient } from '@aws-sdk/client-kms';
import { SetTopicAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Json } from '../support/policies.ts';
import type { Known } from './intrinsics.ts';

type Properties = Record<string, Json>;
type Make = (properties: Properties) => Promise<Known>;

const known = (ref: string | undefined, attributes: Record<string, string | undefined> = {}): Known => ({
  ref: ref ?? '',
  attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value ?? ''])),
});
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** API Gateway's own names begin with a small letter. */
const small = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(small);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, below]) => [
      name.replace(/^[A-Z]/, (letter) => letter.toLowerCase()),
      small(below),
    ]),
  );
};

/** What moto plays, but its CloudFormation cannot make: made by AWS's own calls, from the properties in the template. */
export const BY_HAND: Readonly<Record<string, Make>> = {
  async 'AWS::CertificateManager::Certificate'({ DomainName }) {
    const client = new ACMClient();
    const { CertificateArn } = await client.send(
      new RequestCertificateCommand({ DomainName: text(DomainName), ValidationMethod: 'DNS' }),
    );
    await waitUntilCertificateValidated(
      { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { CertificateArn },
    );
    return known(CertificateArn);
  },
  async 'AWS::KMS::Key'({ KeyPolicy, KeySpec, KeyUsage, Description }) {
    const { KeyMetadata } = await new KMSClient().send(
      new CreateKeyCommand({
        Policy: text(KeyPolicy),
        KeySpec,
        KeyUsage,
        Description,
      } as CreateKeyCommandInput),
    );
    return known(KeyMetadata?.KeyId, { Arn: KeyMetadata?.Arn });
  },
  async 'AWS::ApiGateway::Model'({ Schema, ...properties }) {
    const input = { ...(small(properties) as object), schema: text(Schema) };
    const { name } = await new APIGatewayClient().send(
      new CreateModelCommand(input as CreateModelCommandInput),
    );
    return known(name);
  },
  async 'AWS::ApiGateway::RequestValidator'(properties) {
    const input = { name: 'bodies', ...(small(properties) as object) };
    const command = new CreateRequestValidatorCommand(input as CreateRequestValidatorCommandInput);
    return known((await new APIGatewayClient().send(command)).id);
  },
  async 'AWS::ApiGateway::Deployment'({ RestApiId }) {
    const command = new CreateDeploymentCommand({ restApiId: text(RestApiId) });
    return known((await new APIGatewayClient().send(command)).id);
  },
  async 'AWS::ApiGateway::Stage'({ RestApiId, DeploymentId, StageName }) {
    const input = {
      restApiId: text(RestApiId),
      deploymentId: text(DeploymentId),
      stageName: text(StageName),
    };
    return known((await new APIGatewayClient().send(new CreateStageCommand(input))).stageName);
  },
  async 'AWS::ApiGateway::DomainName'(properties) {
    const input = small(properties) as unknown as CreateDomainNameCommandInput;
    const made = await new APIGatewayClient().send(new CreateDomainNameCommand(input));
    const {
      domainName,
      regionalDomainName: RegionalDomainName,
      regionalHostedZoneId: RegionalHostedZoneId,
    } = made;
    return known(domainName, { RegionalDomainName, RegionalHostedZoneId });
  },
  async 'AWS::ApiGateway::BasePathMapping'(properties) {
    const input = small(properties) as unknown as CreateBasePathMappingCommandInput;
    await new APIGatewayClient().send(new CreateBasePathMappingCommand(input));
    return known(input.domainName);
  },
  async 'AWS::SNS::Subscription'({ TopicArn, Protocol, Endpoint, RawMessageDelivery, RedrivePolicy }) {
    const { SubscriptionArn } = await new SNSClient().send(
      new SubscribeCommand({
        TopicArn: text(TopicArn),
        Protocol: text(Protocol),
        Endpoint: text(Endpoint),
        Attributes: {
          RawMessageDelivery: text(RawMessageDelivery ?? false),
          RedrivePolicy: text(RedrivePolicy ?? {}),
        },
      }),
    );
    return known(SubscriptionArn);
  },
  async 'AWS::SNS::TopicPolicy'({ Topics, PolicyDocument }) {
    for (const TopicArn of Topics as string[]) {
      const policy = { TopicArn, AttributeName: 'Policy', AttributeValue: text(PolicyDocument) };
      await new SNSClient().send(new SetTopicAttributesCommand(policy));
    }
    return known(undefined);
  },
  async 'AWS::SQS::QueuePolicy'({ Queues, PolicyDocument }) {
    for (const QueueUrl of Queues as string[]) {
      await new SQSClient({ useQueueUrlAsEndpoint: false }).send(
        new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: text(PolicyDocument) } }),
      );
    }
    return known(undefined);
  },
};
