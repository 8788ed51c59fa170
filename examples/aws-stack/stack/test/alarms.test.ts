import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readable, resourcesOf } from './support/resources.ts';
import { synthesise } from './support/synth.ts';
import { VARIANTS } from './support/variants.ts';

const template = synthesise(VARIANTS['no domain']).template;
const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');

test('whatever may lose, hold up or forge a sale is watched', () => {
  const watched = alarms.map(({ path, properties: { MetricName, Statistic, Threshold, Dimensions } }) => {
    const of = /"((?:Pipeline|Gateway)\/[^"]+|[A-Z]+\d|decrypt|process)"/.exec(
      readable(template, Dimensions),
    )?.[1];
    return [path.replace('Alarms/', ''), MetricName, Statistic, Threshold, of].join(' ');
  });
  expect(watched.sort()).toEqual(
    [
      'GatewayServerErrors 5XXError Sum 5 Gateway/Api/DeploymentStage.prod',
      'GatewayClientErrors 4XXError Sum 100 Gateway/Api/DeploymentStage.prod',
      'AcceptErrors Errors Sum 1 Pipeline/accept/Function',
      'AcceptThrottles Throttles Sum 1 Pipeline/accept/Function',
      'DecryptErrors Errors Sum 1 Pipeline/decrypt/Function',
      'DecryptThrottles Throttles Sum 1 Pipeline/decrypt/Function',
      'ProcessErrors Errors Sum 1 Pipeline/process/Function',
      'DecryptFailed Failed Sum 1 decrypt',
      'ProcessFailed Failed Sum 1 process',
      'ProcessThrottles Throttles Sum 1 Pipeline/process/Function',
      ...['ToDecrypt', 'ToProcess'].flatMap((hop) => [
        `${hop}Age ApproximateAgeOfOldestMessage Maximum 900 Pipeline/${hop}/Queue`,
        `${hop}DeadLetters ApproximateNumberOfMessagesVisible Maximum 1 Pipeline/${hop}/DeadLetters`,
        `${hop}DeadLettersAge ApproximateAgeOfOldestMessage Maximum 259200 Pipeline/${hop}/DeadLetters`,
        `${hop}Undelivered NumberOfNotificationsFailedToRedriveToDlq Sum 1 Pipeline/${hop}/Topic`,
      ]),
      ...['AMIS1', 'AMIS2'].flatMap((shop) => [
        `${shop}-SequenceMissing SequenceMissing Maximum 1 ${shop}`,
        `${shop}-SequenceForks SequenceForks Sum 1 ${shop}`,
        `${shop}-Replayed Replayed Sum 1 ${shop}`,
      ]),
    ].sort(),
  );
});

test('each says what it means, tells its end too, and is quiet where nothing happens', () => {
  for (const { properties } of alarms) {
    expect(properties['AlarmDescription']).toMatch(/^[A-Z].+\.$/);
    expect(properties).toMatchObject({ TreatMissingData: 'notBreaching', EvaluationPeriods: 1 });
    for (const actions of [properties['AlarmActions'], properties['OKActions']]) {
      expect(readable(template, actions)).toBe('[{"Ref":"AlarmTopic"}]');
    }
  }
});

test('the functions count by the names that the alarms read', () => {
  const source = ['process/process.ts', 'common/batch.ts'].map((file) =>
    readFileSync(new URL(`../../lambdas/src/${file}`, import.meta.url), 'utf8'),
  );
  const own = alarms.filter(({ properties }) => properties['Namespace'] === 'AmisShop');
  expect(own).toHaveLength(8);
  for (const { properties } of own)
    expect(source.join('\n')).toMatch(new RegExp(`\\b${properties['MetricName']}\\b`));
});

test('the alarms of another stack of the account read what its own functions count', () => {
  const other = synthesise({ ...VARIANTS['no domain'], stackName: 'Another' }).template;
  const namespaces = resourcesOf(other, 'AWS::CloudWatch::Alarm').map(
    ({ properties }) => properties['Namespace'],
  );
  expect(namespaces).toContain('Another');
  expect(namespaces).not.toContain('AmisShop');
  const told = resourcesOf(other, 'AWS::Lambda::Function').map(({ properties }) => properties['Environment']);
  expect(told).toHaveLength(3);
  for (const environment of told)
    expect(environment).toMatchObject({ Variables: { METRICS_NAMESPACE: 'Another' } });
});

test('they are told by e-mail, or to a topic that is there already', () => {
  const subscriptions = (options: object) =>
    resourcesOf(synthesise(options).template, 'AWS::SNS::Subscription')
      .map(({ properties }) => properties)
      .filter(({ Protocol }) => Protocol === 'email');
  expect(subscriptions({ ...VARIANTS['no domain'], alarms: { email: 'shop@retsema.eu' } })).toEqual([
    {
      Endpoint: 'shop@retsema.eu',
      Protocol: 'email',
      TopicArn: { Ref: expect.stringMatching(/^AlarmTopic/) },
    },
  ]);
  const topicArn = 'arn:aws:sns:eu-west-1:111122223333:on-call';
  expect(subscriptions(VARIANTS['alarms elsewhere'])).toEqual([
    expect.objectContaining({ TopicArn: topicArn }),
  ]);
  const elsewhere = synthesise(VARIANTS['alarms elsewhere']).template;
  expect(resourcesOf(elsewhere, 'AWS::SNS::Topic')).toHaveLength(2);
  for (const { properties } of resourcesOf(elsewhere, 'AWS::CloudWatch::Alarm')) {
    expect(properties['AlarmActions']).toEqual([topicArn]);
  }
});
