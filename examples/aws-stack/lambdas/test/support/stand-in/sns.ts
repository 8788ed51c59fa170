import { randomUUID } from 'node:crypto';
import { Failure } from './failure.ts';

/** Amazon SNS: topics with queues behind them, by raw delivery. */
export class Sns {
  readonly #topics = new Map<string, string[]>();
  readonly #deliver: (queueName: string, body: string) => void;

  constructor(deliver: (queueName: string, body: string) => void) {
    this.#deliver = deliver;
  }

  readonly operations: Record<string, (input: URLSearchParams) => Record<string, string>> = {
    CreateTopic: (input) => {
      const arn = `arn:aws:sns:eu-west-1:123456789012:${input.get('Name')}`;
      this.#topics.set(arn, this.#topics.get(arn) ?? []);
      return { TopicArn: arn };
    },
    Subscribe: (input) => {
      const endpoint = input.get('Endpoint') ?? '';
      this.#queuesOf(input).push(endpoint.slice(endpoint.lastIndexOf(':') + 1));
      return { SubscriptionArn: `${input.get('TopicArn')}:${randomUUID()}` };
    },
    Publish: (input) => {
      const message = input.get('Message') ?? '';
      if (message === '' || Buffer.byteLength(message) > 262_144) throw new Failure('InvalidParameter');
      for (const queue of this.#queuesOf(input)) this.#deliver(queue, message);
      return { MessageId: randomUUID() };
    },
  };

  #queuesOf(input: URLSearchParams): string[] {
    const queues = this.#topics.get(input.get('TopicArn') ?? '');
    if (queues === undefined) throw new Failure('NotFound', 'there is no such topic', { status: 404 });
    return queues;
  }
}
