import { createPublicKey } from 'node:crypto';
import { startSandbox } from '@amis-shop/sandbox';
import { thumbprint } from '@amis-shop/shop-client/receiver';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { keyRow, type Row, shopRow } from '../../src/common/registry-rows.ts';
import type { Services } from './moto.ts';

/** The shop's tables, topics and queues at a service, its keys at the sandbox's KMS, and what the functions are told of them. */
export type ShopAtAws = Awaited<ReturnType<typeof layDown>>;

const SHOPS = ['AMIS1', 'AMIS2'];

export async function layDown(services: Services) {
  const sandbox = await startSandbox({ shops: SHOPS });
  Object.assign(process.env, { AWS_ENDPOINT_URL: services.url, AWS_ENDPOINT_URL_KMS: sandbox.kmsEndpoint });
  const dynamoDb = new DynamoDBClient();
  const sns = new SNSClient();
  const sqs = new SQSClient();
  const kms = new KMSClient();

  const table = async (name: string, ...keys: string[]) => {
    await dynamoDb.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: 'S' })),
        KeySchema: keys.map((key, i) => ({ AttributeName: key, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
      }),
    );
    return name;
  };
  const queue = async (name: string) => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    return QueueUrl;
  };
  const topicBefore = async (queueUrl: string, name: string) => {
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
    const asked = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] });
    const { Attributes } = await sqs.send(asked);
    const Endpoint = Attributes?.QueueArn;
    const raw = { RawMessageDelivery: 'true' };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: raw }));
    return TopicArn;
  };

  const queues = {
    toDecrypt: await queue('to_decrypt'),
    toProcess: await queue('to_process'),
    deadLetters: await queue('dead_letters'),
  };
  const environment = {
    TO_DECRYPT_TOPIC_ARN: await topicBefore(queues.toDecrypt, 'to_decrypt'),
    TO_PROCESS_TOPIC_ARN: await topicBefore(queues.toProcess, 'to_process'),
    DEAD_LETTERS_QUEUE_URL: queues.deadLetters,
    REGISTRY_TABLE: await table('registry', 'shop_id', 'entry'),
    BOOKS_TABLE: await table('books', 'shop_id', 'record_type'),
    LEDGER_TABLE: await table('ledger', 'id'),
  };

  const register = (row: Row) =>
    dynamoDb.send(new PutItemCommand({ TableName: environment.REGISTRY_TABLE, Item: row }));
  const unregister = (Key: Row) =>
    dynamoDb.send(new DeleteItemCommand({ TableName: environment.REGISTRY_TABLE, Key }));
  const publicKey = async (keyId: string) => {
    const { KeyId = '', PublicKey = new Uint8Array() } = await kms.send(
      new GetPublicKeyCommand({ KeyId: keyId }),
    );
    const der = Buffer.from(PublicKey);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return { key, entry: { kid: thumbprint(key), keyId: KeyId } };
  };
  const registerKey = async (shopId: string, since = new Date().toISOString()) =>
    register(keyRow(shopId, (await publicKey(`alias/KeyL-${shopId}`)).entry, since));
  for (const shopId of SHOPS) {
    await register(shopRow(shopId, false));
    await registerKey(shopId);
  }

  const scan = async (tableName: string) => {
    const items: Row[] = [];
    let from: Row | undefined;
    do {
      const page = await dynamoDb.send(
        new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: from }),
      );
      items.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return items;
  };
  /** Takes out what a queue holds. */
  const drain = async (queueUrl: string): Promise<Message[]> => {
    const messages: Message[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
        }),
      );
      if (Messages.length === 0) return messages;
      messages.push(...Messages);
      const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  };

  return {
    environment,
    queues,
    sandbox,
    dynamoDb,
    register,
    unregister,
    registerKey,
    publicKey,
    drain,
    books: () => scan(environment.BOOKS_TABLE),
    ledger: () => scan(environment.LEDGER_TABLE),
    close: async () => {
      for (const client of [dynamoDb, sns, sqs, kms]) client.destroy();
      await sandbox.close();
      await services.close();
    },
  };
}
