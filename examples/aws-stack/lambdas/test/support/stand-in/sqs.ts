import { createHash, randomUUID } from 'node:crypto';
import type {
  CreateQueueRequest,
  DeleteMessageBatchRequest,
  DeleteMessageRequest,
  GetQueueAttributesRequest,
  Message,
  MessageAttributeValue,
  ReceiveMessageRequest,
  SendMessageRequest,
} from '@aws-sdk/client-sqs';
import { Failure } from './failure.ts';

interface Kept {
  id: string;
  body: string;
  attributes: Record<string, MessageAttributeValue>;
  visibleAt: number;
  receives: number;
}

/** Amazon SQS: standard queues with a visibility timeout; no long polling, no redrive. */
export class Sqs {
  readonly #queues = new Map<string, Map<string, Kept>>();
  readonly #url: () => string;

  /** @param url where this service is: clients of AWS go to the address of a queue, not to the region's */
  constructor(url: () => string) {
    this.#url = url;
  }

  readonly operations = {
    CreateQueue: ({ QueueName = '' }: CreateQueueRequest) => {
      this.#queues.set(QueueName, this.#queues.get(QueueName) ?? new Map());
      return { QueueUrl: `${this.#url()}/123456789012/${QueueName}` };
    },
    GetQueueAttributes: ({ QueueUrl }: GetQueueAttributesRequest) => {
      const name = nameOf(QueueUrl);
      return {
        Attributes: {
          QueueArn: `arn:aws:sqs:eu-west-1:123456789012:${name}`,
          ApproximateNumberOfMessages: `${this.#queue(name).size}`,
        },
      };
    },
    SendMessage: ({ QueueUrl, MessageBody = '', MessageAttributes = {} }: SendMessageRequest) => ({
      MessageId: this.put(nameOf(QueueUrl), MessageBody, MessageAttributes),
      MD5OfMessageBody: md5(MessageBody),
    }),
    ReceiveMessage: ({
      QueueUrl,
      MaxNumberOfMessages = 1,
      VisibilityTimeout = 30,
    }: ReceiveMessageRequest) => {
      const now = Date.now();
      const Messages: Message[] = [];
      for (const kept of this.#queue(nameOf(QueueUrl)).values()) {
        if (Messages.length === MaxNumberOfMessages) break;
        if (kept.visibleAt <= now) Messages.push(handOut(kept, now + VisibilityTimeout * 1000));
      }
      return { Messages };
    },
    DeleteMessageBatch: ({ QueueUrl, Entries = [] }: DeleteMessageBatchRequest) => {
      for (const { ReceiptHandle = '' } of Entries) this.#queue(nameOf(QueueUrl)).delete(ReceiptHandle);
      return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
    },
    DeleteMessage: ({ QueueUrl, ReceiptHandle = '' }: DeleteMessageRequest) => {
      this.#queue(nameOf(QueueUrl)).delete(ReceiptHandle);
      return {};
    },
  };

  /** @returns the message's id */
  put(queueName: string, body: string, attributes: Record<string, MessageAttributeValue> = {}): string {
    const id = randomUUID();
    this.#queue(queueName).set(id, { id, body, attributes, visibleAt: 0, receives: 0 });
    return id;
  }

  #queue(name: string): Map<string, Kept> {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Failure('QueueDoesNotExist', `there is no queue ${name}`);
    return queue;
  }
}

function handOut(kept: Kept, visibleAt: number): Message {
  kept.visibleAt = visibleAt;
  kept.receives += 1;
  const { id, body, attributes, receives } = kept;
  return {
    MessageId: id,
    ReceiptHandle: id,
    Body: body,
    MD5OfBody: md5(body),
    Attributes: { ApproximateReceiveCount: `${receives}` },
    MessageAttributes: attributes,
  };
}

const nameOf = (url = ''): string => url.slice(url.lastIndexOf('/') + 1);

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
