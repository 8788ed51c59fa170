import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { invoke } from '../support/commands.ts';

type Environment = Record<string, string>;

/** In the place of the gateway, which moto answers for without a client: POST goes to the function accept. */
export async function startFront(accept: Environment): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const answer = (await invoke('accept', accept, { body, isBase64Encoded: false })) as {
      statusCode: number;
      body: string;
    };
    response.writeHead(answer.statusCode, { 'content-type': 'application/json' }).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/shop`, close: () => server.close() };
}

/** All that lies in a queue, taken out of it. */
export async function take(QueueUrl: string): Promise<string[]> {
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { ReceiptHandle } of Messages) {
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
  return Messages.map(({ Body = '' }) => Body);
}

/** What the event source mapping does with what lies in the queue. */
export async function work(name: string, queue: string, environment: Environment): Promise<void> {
  const bodies = await take(queue);
  const Records = bodies.map((body, at) => ({ messageId: `m${at}`, body, attributes: {} }));
  const answer = await invoke(name, environment, { Records });
  if (JSON.stringify(answer) !== '{"batchItemFailures":[]}')
    throw new Error(`${name}: ${JSON.stringify(answer)}`);
}
