import { beforeAll, expect, test } from 'vitest';
import { statementsOf } from './support/policies.ts';
import { readable, resourcesOf } from './support/resources.ts';
import { type Synthesised, synthesise } from './support/synth.ts';
import { VARIANTS } from './support/variants.ts';

let template: Synthesised['template'];
beforeAll(() => {
  template = synthesise(VARIANTS['two names']).template;
});

const FORTNIGHT = 14 * 86_400;
const at = (path: string, type: string) => {
  const found = resourcesOf(template, type).find((one) => one.path === path);
  if (found === undefined) throw new Error(`no ${type} at ${path}`);
  return found;
};

/** As the README of the functions says it, and nothing beside that. */
const MAY = {
  accept: [
    'logs:CreateLogStream logs:PutLogEvents: Pipeline/accept/Log',
    'sns:Publish: Pipeline/ToDecrypt/Topic',
  ],
  decrypt: [
    'dynamodb:Query: Tables/Registry',
    'logs:CreateLogStream logs:PutLogEvents: Pipeline/decrypt/Log',
    'sns:Publish: Pipeline/ToProcess/Topic',
    'sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage: Pipeline/ToDecrypt/Queue',
    'sqs:SendMessage: Pipeline/ToDecrypt/DeadLetters',
  ],
  process: [
    'dynamodb:GetItem dynamodb:PutItem: Tables/Ledger',
    'dynamodb:UpdateItem: Tables/Books',
    'logs:CreateLogStream logs:PutLogEvents: Pipeline/process/Log',
    'sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage: Pipeline/ToProcess/Queue',
    'sqs:SendMessage: Pipeline/ToProcess/DeadLetters',
  ],
};

test.each(Object.entries(MAY))('%s may do what it must, and no more', (name, may) => {
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(({ path }) =>
    path.startsWith(`${name}-role/`),
  );
  const statements = statementsOf(template.toJSON()).filter(({ resource }) =>
    policies.some(({ id }) => id === resource),
  );
  const readableOf = (value: unknown) => /"([A-Z][A-Za-z]+\/[^"]+)"/.exec(readable(template, value))?.[1];
  const found = statements.map(({ actions, resources }) => {
    expect(resources).toHaveLength(1);
    return `${actions.toSorted().join(' ')}: ${readableOf(resources[0])}`;
  });
  expect(found.sort()).toEqual(may);
});

test('each function has what it needs, a log of its own, and time enough', () => {
  const functions = resourcesOf(template, 'AWS::Lambda::Function');
  expect(functions.map(({ path }) => path)).toEqual(
    ['accept', 'decrypt', 'process'].map((name) => `Pipeline/${name}/Function`),
  );
  for (const { properties, path } of functions) {
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Architectures: ['arm64'],
    });
    expect(properties['Timeout']).toBe(path.includes('accept') ? 25 : 60);
    expect(readable(template, properties['LoggingConfig'])).toContain(path.replace('Function', 'Log'));
  }
  const environment = (name: string) => {
    const { Environment } = at(`Pipeline/${name}/Function`, 'AWS::Lambda::Function').properties;
    return JSON.parse(readable(template, (Environment as { Variables: object }).Variables));
  };
  expect(environment('accept')).toEqual({
    TO_DECRYPT_TOPIC_ARN: { Ref: 'Pipeline/ToDecrypt/Topic' },
    RUBBISH: 'refuse',
    METRICS_NAMESPACE: 'AmisShop',
  });
  expect(environment('decrypt')).toEqual({
    REGISTRY_TABLE: { Ref: 'Tables/Registry' },
    TO_PROCESS_TOPIC_ARN: { Ref: 'Pipeline/ToProcess/Topic' },
    DEAD_LETTERS_QUEUE_URL: { Ref: 'Pipeline/ToDecrypt/DeadLetters' },
    AUDIENCES: expect.anything(),
    METRICS_NAMESPACE: 'AmisShop',
  });
  expect(environment('process')).toEqual({
    BOOKS_TABLE: { Ref: 'Tables/Books' },
    LEDGER_TABLE: { Ref: 'Tables/Ledger' },
    DEAD_LETTERS_QUEUE_URL: { Ref: 'Pipeline/ToProcess/DeadLetters' },
    METRICS_NAMESPACE: 'AmisShop',
  });
});

test('what is sealed for another address than the shop’s is known as such', () => {
  const audiencesOf = (options: object) => {
    const one = synthesise(options).template;
    const [found] = resourcesOf(one, 'AWS::Lambda::Function').filter(({ path }) => path.includes('decrypt'));
    return JSON.stringify(found?.properties['Environment']);
  };
  const names = 'https://api.retsema.eu,https://amis.retsema.eu';
  expect(audiencesOf(VARIANTS['two names'])).toMatch(
    new RegExp(`"${names},https://.*execute-api\\.eu-west-1`),
  );
  expect(audiencesOf({ ...VARIANTS['two names'], disableDefaultEndpoint: true })).toContain(
    `"AUDIENCES":"${names}"`,
  );
  expect(audiencesOf(VARIANTS['keys and books of 2020'])).toMatch(
    /"AUDIENCES".*"https:\/\/api\.retsema\.eu,https:/,
  );
  expect(audiencesOf(VARIANTS['no domain'])).toMatch(/"AUDIENCES".*"https:\/\/",.*execute-api\.eu-west-1/);
});

test.each([
  ['ToDecrypt', 'decrypt'],
  ['ToProcess', 'process'],
])('%s keeps what it cannot deliver, for two weeks, encrypted', (hop, name) => {
  const topic = at(`Pipeline/${hop}/Topic`, 'AWS::SNS::Topic');
  const queue = at(`Pipeline/${hop}/Queue`, 'AWS::SQS::Queue');
  const letters = at(`Pipeline/${hop}/DeadLetters`, 'AWS::SQS::Queue');
  const key = '{"Fn::GetAtt":["TransitKey","Arn"]}';
  for (const { properties } of [topic, queue, letters])
    expect(readable(template, properties['KmsMasterKeyId'])).toBe(key);
  for (const { properties, deletion } of [queue, letters]) {
    expect(properties['MessageRetentionPeriod']).toBe(FORTNIGHT);
    expect(deletion).toBe('RetainExceptOnCreate');
  }
  expect(queue.properties['VisibilityTimeout']).toBe(6 * 60);
  const redrive = { deadLetterTargetArn: { 'Fn::GetAtt': [letters.id, 'Arn'] } };
  expect(queue.properties['RedrivePolicy']).toEqual({ ...redrive, maxReceiveCount: 10 });
  expect(at(`Pipeline/${hop}/Subscription`, 'AWS::SNS::Subscription').properties).toEqual({
    Protocol: 'sqs',
    Endpoint: { 'Fn::GetAtt': [queue.id, 'Arn'] },
    TopicArn: { Ref: topic.id },
    RawMessageDelivery: true,
    RedrivePolicy: redrive,
  });
  const mapping = at(`Pipeline/${hop}/Mapping`, 'AWS::Lambda::EventSourceMapping').properties;
  expect(mapping).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
  expect(mapping['ScalingConfig']).toHaveProperty('MaximumConcurrency');
  expect(readable(template, mapping['FunctionName'])).toBe(`{"Ref":"Pipeline/${name}/Function"}`);
});

test('only its own topic puts anything into a queue', () => {
  const letIn = statementsOf(template.toJSON()).filter(
    ({ type, effect }) => type.endsWith('QueuePolicy') && effect === 'Allow',
  );
  const found = letIn.map(({ actions, conditions, resources }) => [
    ...actions,
    readable(template, conditions['ArnEquals']?.['aws:SourceArn']),
    readable(template, resources[0]),
  ]);
  expect(found.sort()).toEqual(
    ['ToDecrypt/DeadLetters', 'ToDecrypt/Queue', 'ToProcess/DeadLetters', 'ToProcess/Queue'].map((queue) => [
      'sqs:SendMessage',
      `{"Ref":"Pipeline/${queue.split('/')[0]}/Topic"}`,
      `{"Fn::GetAtt":["Pipeline/${queue}","Arn"]}`,
    ]),
  );
});

test('the books, what was booked and who may sign are kept: on demand, with a way back, and not to be deleted', () => {
  const tables = resourcesOf(template, 'AWS::DynamoDB::Table');
  const keys = Object.fromEntries(
    tables.map(({ path, properties }) => [
      path,
      (properties['KeySchema'] as { AttributeName: string }[]).map((one) => one.AttributeName),
    ]),
  );
  expect(keys).toEqual({
    'Tables/Registry': ['shop_id', 'entry'],
    'Tables/Books': ['shop_id', 'record_type'],
    'Tables/Ledger': ['id'],
  });
  for (const { properties, deletion, replacement } of tables) {
    expect(properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    expect([deletion, replacement]).toEqual(['Retain', 'Retain']);
  }
});

test('the books of 2020 are used as they are', () => {
  const former = synthesise(VARIANTS['keys and books of 2020']).template;
  expect(resourcesOf(former, 'AWS::DynamoDB::Table').map(({ path }) => path)).toEqual([
    'Tables/Registry',
    'Tables/Ledger',
  ]);
  const booking = statementsOf(former.toJSON()).filter(({ actions }) =>
    actions.includes('dynamodb:UpdateItem'),
  );
  expect(booking.map(({ resources }) => JSON.stringify(resources))).toEqual([
    '[{"Fn::Join":["",["arn:aws:dynamodb:eu-west-1:",{"Ref":"AWS::AccountId"},":table/shop-table"]]}]',
  ]);
});

test('the key of topics and queues opens only through them', () => {
  const using = statementsOf(template.toJSON()).filter(
    ({ type, actions }) => type === 'AWS::KMS::Key' && actions.includes('kms:GenerateDataKey'),
  );
  const through = (...services: string[]) => ({
    StringEquals: { 'kms:ViaService': services.map((service) => `${service}.eu-west-1.amazonaws.com`) },
  });
  const account = { Ref: 'AWS::AccountId' };
  const topics = { 'Fn::Join': ['', ['arn:aws:sns:eu-west-1:', account, ':AmisShop-*']] };
  expect(using.map(({ sid, conditions }) => [sid, conditions])).toEqual([
    ['FunctionsThroughTopicsAndQueues', through('sns', 'sqs')],
    ['OperatorsThroughQueues', through('sqs')],
    ['TopicsIntoQueues', { ArnLike: { 'aws:SourceArn': topics } }],
    ['AlarmsIntoTheirTopic', { StringEquals: { 'aws:SourceAccount': account } }],
  ]);
});

test('no log is kept for ever', () => {
  const logs = resourcesOf(template, 'AWS::Logs::LogGroup');
  expect(logs.map(({ properties }) => properties['RetentionInDays'])).toEqual([90, 90, 90, 90]);
  const short = synthesise({ ...VARIANTS['no domain'], logRetentionDays: 7 }).template;
  expect(
    resourcesOf(short, 'AWS::Logs::LogGroup').map(({ properties }) => properties['RetentionInDays']),
  ).toEqual([7, 7, 7, 7]);
});
