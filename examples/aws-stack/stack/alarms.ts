import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Gateway } from './gateway.ts';
import type { Hop } from './hop.ts';
import type { Pipeline } from './pipeline.ts';

interface AlarmsProps {
  topic: ITopic;
  shops: readonly string[];
  /** Of the metrics that the functions count. */
  namespace: string;
  gateway: Gateway;
  pipeline: Pipeline;
}

interface Watched {
  metric: IMetric;
  /** Reached or passed once within five minutes, it is told. */
  threshold: number;
  /** What it means and what to do. */
  description: string;
}

/** Sums and highest values of five minutes. */
const SUM = { period: Duration.minutes(5), statistic: 'Sum' };
const HIGHEST = { period: Duration.minutes(5), statistic: 'Maximum' };

/** How long a sale may be on its way before somebody looks, and how long it may lie in the dead letters of two weeks. */
const LATE_SECONDS = 15 * 60;
const FORGOTTEN_SECONDS = 3 * 86_400;

/** What somebody must look at. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { topic, shops, namespace, gateway, pipeline }: AlarmsProps) {
    super(scope, id);
    const action = new SnsAction(topic);
    const watched = {
      ...ofGateway(gateway),
      ...ofFunctions(pipeline),
      ...ofMessages(namespace),
      ...ofHop('ToDecrypt', pipeline.toDecrypt),
      ...ofHop('ToProcess', pipeline.toProcess),
      ...Object.assign({}, ...shops.map((shop) => ofTills(namespace, shop))),
    } as Record<string, Watched>;
    for (const [name, { metric, threshold, description }] of Object.entries(watched)) {
      const alarm = new Alarm(this, name, {
        metric,
        threshold,
        alarmDescription: description,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }
}

const ofGateway = ({ api }: Gateway): Record<string, Watched> => ({
  GatewayServerErrors: {
    metric: api.deploymentStage.metricServerError(SUM),
    threshold: 5,
    description:
      'Posts are answered with 5xx: tills keep their sales and try again. Look at the log of accept.',
  },
  GatewayClientErrors: {
    metric: api.deploymentStage.metricClientError(SUM),
    threshold: 100,
    description:
      'Many posts are refused with 4xx, throttling (429) among them. Look at the access log: status and error_type.',
  },
});

const ofFunctions = ({ accept, decrypt, process }: Pipeline): Record<string, Watched> =>
  Object.fromEntries(
    Object.entries({ Accept: accept, Decrypt: decrypt, Process: process }).flatMap(([name, { lambda }]) => [
      [
        `${name}Errors`,
        {
          metric: lambda.metricErrors(SUM),
          threshold: 1,
          description: `The function ${name.toLowerCase()} ended before its time: what it was given comes again. Look at its log.`,
        },
      ],
      [
        `${name}Throttles`,
        {
          metric: lambda.metricThrottles(SUM),
          threshold: 1,
          description: `The function ${name.toLowerCase()} is throttled. Look at the account's limit of concurrent executions.`,
        },
      ],
    ]),
  );

/** A message that fails alone is no error of its function, and one that failed three times has no age in SQS's metric. */
const ofMessages = (namespace: string): Record<string, Watched> =>
  Object.fromEntries(
    Object.entries({ Decrypt: 'decrypt', Process: 'process' }).map(([name, worker]) => [
      `${name}Failed`,
      {
        metric: counted(namespace, 'Failed', { function: worker }, SUM),
        threshold: 1,
        description: `Messages failed in ${worker}: they come again for an hour, then lie among the dead letters. Look at the error and the cause in its log.`,
      },
    ]),
  );

const ofHop = (name: string, { topic, queue, deadLetters }: Hop): Record<string, Watched> => ({
  [`${name}Age`]: {
    metric: queue.metricApproximateAgeOfOldestMessage(HIGHEST),
    threshold: LATE_SECONDS,
    description:
      'A sale waits for a quarter of an hour. Look at the errors of the function behind the queue, at KMS and DynamoDB.',
  },
  [`${name}DeadLetters`]: {
    metric: deadLetters.metricApproximateNumberOfMessagesVisible(HIGHEST),
    threshold: 1,
    description: 'Something could not be booked. Read the dead letters; mend the cause; send them back.',
  },
  [`${name}DeadLettersAge`]: {
    metric: deadLetters.metricApproximateAgeOfOldestMessage(HIGHEST),
    threshold: FORGOTTEN_SECONDS,
    description: 'A dead letter lies for three days: after fourteen it is deleted.',
  },
  [`${name}Undelivered`]: {
    metric: topic.metric('NumberOfNotificationsFailedToRedriveToDlq', SUM),
    threshold: 1,
    description:
      'SNS could bring a message neither into the queue nor to the dead letters: it is lost. Look at the policies of queue and key.',
  },
});

/** What the function process counts for each shop (its README). */
const ofTills = (namespace: string, shop: string): Record<string, Watched> => {
  const ofShop = (metricName: string, statistic: typeof SUM) =>
    counted(namespace, metricName, { shop_id: shop }, statistic);
  return {
    [`${shop}-SequenceMissing`]: {
      metric: ofShop('SequenceMissing', HIGHEST),
      threshold: 1,
      description: `Numbers of a till of ${shop} are missing for a quarter of an hour: look at its outbox (shop-send outbox status), and in the log of process for the till.`,
    },
    [`${shop}-SequenceForks`]: {
      metric: ofShop('SequenceForks', SUM),
      threshold: 1,
      description: `A till of ${shop} gave one number to two sales: its outbox was copied or restored. The log of process names the till.`,
    },
    [`${shop}-Replayed`]: {
      metric: ofShop('Replayed', SUM),
      threshold: 1,
      description: `A sale of ${shop} has the id of another one, and was not booked. It is in the dead letters of ToProcess with the reason sale_id_conflict; the log of process names it.`,
    },
  };
};

const counted = (
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
  statistic: typeof SUM,
): Metric => new Metric({ namespace, metricName, dimensionsMap, ...statistic });
