import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { clientSettings } from './aws.ts';

export type Publish = (message: string) => Promise<void>;

/** Publishes to one topic. @throws what Amazon SNS answers, where it did not take the message */
export function publisher(topicArn: string): Publish {
  const sns = new SNSClient(clientSettings);
  return async (message) => {
    await sns.send(new PublishCommand({ TopicArn: topicArn, Message: message }));
  };
}
