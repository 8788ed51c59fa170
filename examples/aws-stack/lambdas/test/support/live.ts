import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { acceptHandler } from '../../src/accept/handler.ts';
import { decryptHandler } from '../../src/decrypt/handler.ts';
import { processHandler } from '../../src/process/handler.ts';
import { batch, posted } from './events.ts';
import type { ShopAtAws } from './shop.ts';

/** The shop as tills meet it: a gateway on loopback, and functions that queues invoke until it is closed. */
export async function openLive(shop: {
  environment: ShopAtAws['environment'];
  queues: Pick<ShopAtAws['queues'], 'toDecrypt' | 'toProcess'>;
}) {
  const accept = acceptHandler(shop.environment);
  const server = createServer((request, response) => {
    text(request)
      .then((body) => accept(posted(body)))
      .then(({ statusCode, body }) =>
        response.writeHead(statusCode, { 'content-type': 'application/json' }).end(body),
      )
      .catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let open = true;
  const isOpen = () => open;
  const pumps = [
    pump(shop.queues.toDecrypt, decryptHandler(shop.environment), isOpen),
    pump(shop.queues.toProcess, processHandler(shop.environment), isOpen),
  ];
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop`,
    async close() {
      open = false;
      await Promise.all(pumps);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An event source mapping: what was dealt with is deleted, what failed comes again. */
async function pump(
  queueUrl: string,
  handler: (event: SQSEvent) => Promise<SQSBatchResponse>,
  isOpen: () => boolean,
): Promise<void> {
  const sqs = new SQSClient();
  while (isOpen()) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 2 }),
    );
    if (Messages.length === 0) {
      await sleep(20);
      continue;
    }
    const { batchItemFailures } = await handler(batch(...Messages.map(({ Body = '' }) => Body)));
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const [i, { ReceiptHandle }] of Messages.entries()) {
      if (failed.has(`m${i}`)) continue;
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
  sqs.destroy();
}
