import type { APIGatewayProxyEvent, SQSEvent } from 'aws-lambda';

/** What API Gateway hands to a Lambda proxy for a post, as far as `accept` looks at it. */
export const posted = (body: string | null, isBase64Encoded = false) =>
  ({ body, isBase64Encoded, httpMethod: 'POST', path: '/shop' }) as APIGatewayProxyEvent;

/** What an event source mapping hands out. */
export const batch = (...bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, i) => ({
    messageId: `m${i}`,
    receiptHandle: `m${i}`,
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: 'eu-west-1',
  })),
});
