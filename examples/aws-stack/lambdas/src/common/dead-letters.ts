import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientSettings } from './aws.ts';

/** Keeps a message as it came, with the reason why it could not be opened or booked. */
export type Bury = (message: string, reason: string) => Promise<void>;

export function deadLetters(queueUrl: string): Bury {
  const sqs = new SQSClient(clientSettings);
  return async (message, reason) => {
    const MessageAttributes = { reason: { DataType: 'String', StringValue: reason } };
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: message, MessageAttributes }));
  };
}
