import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDb } from './dynamodb.ts';
import { Failure } from './failure.ts';
import { Sns } from './sns.ts';
import { Sqs } from './sqs.ts';

/**
 * What shall go wrong with a call, such as `PutItem`: `reset` and it never arrived; `lost` and its answer did not; else the
 * name of an error that the service answers without doing anything. Nothing by default.
 */
export type Meddle = (operation: string) => string | undefined;

export interface StandIn {
  readonly url: string;
  meddle: Meddle;
  /** How often each operation was called. */
  readonly calls: Record<string, number>;
  close(): Promise<void>;
}

type Operation = (input: never) => object | Promise<object>;

interface Call {
  operation: string;
  run: () => object | Promise<object>;
  answer: (response: ServerResponse, result: object) => void;
  fail: (response: ServerResponse, failure: Failure) => void;
}

/** DynamoDB, SNS and SQS on loopback, for the clients of the AWS SDK: what these functions ask for, with its real conditions. */
export async function startStandIn(): Promise<StandIn> {
  const dynamoDb = new DynamoDb();
  const sqs = new Sqs(() => standIn.url);
  const sns = new Sns((queue, body) => void sqs.put(queue, body));
  const json: Record<string, object> = { DynamoDB_20120810: dynamoDb.operations, AmazonSQS: sqs.operations };
  const server = createServer((request, response) => {
    callOf(request)
      .then((call) => serve(call, request, response))
      .catch(() => request.socket.destroy());
  });

  async function callOf(request: IncomingMessage): Promise<Call> {
    const body = await text(request);
    const [service = '', operation = ''] = `${request.headers['x-amz-target'] ?? ''}`.split('.');
    const operations = json[service] as Record<string, Operation> | undefined;
    if (operations === undefined) return queryCall(new URLSearchParams(body), sns);
    const run = operations[operation];
    if (run === undefined) throw new Error(`${operation} is not played here`);
    return { operation, run: () => run(JSON.parse(body) as never), answer: sendJson, fail: failJson };
  }

  async function serve(
    { operation, run, answer, fail }: Call,
    { socket }: IncomingMessage,
    response: ServerResponse,
  ) {
    standIn.calls[operation] = (standIn.calls[operation] ?? 0) + 1;
    const fault = standIn.meddle(operation);
    if (fault === 'reset') return void socket.destroy();
    try {
      if (fault !== undefined && fault !== 'lost') throw new Failure(fault, fault, { status: 400 });
      const result = await run();
      if (fault === 'lost') return void socket.destroy();
      answer(response, result);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      fail(response, error);
    }
  }

  const standIn: StandIn = {
    url: '',
    meddle: () => undefined,
    calls: {},
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(standIn, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function queryCall(input: URLSearchParams, { operations }: Sns): Call {
  const operation = input.get('Action') ?? '';
  const run = operations[operation];
  if (run === undefined) throw new Error(`${operation} is not played here`);
  return {
    operation,
    run: () => run(input),
    answer: (response, result) => {
      const fields = Object.entries(result as Record<string, string>).map(
        ([name, value]) => `<${name}>${value}</${name}>`,
      );
      const inner = `<${operation}Result>${fields.join('')}</${operation}Result>`;
      send(response, 200, 'text/xml', `<${operation}Response>${inner}</${operation}Response>`);
    },
    fail: (response, { status, name, message }) => {
      const inner = `<Type>Sender</Type><Code>${name}</Code><Message>${message}</Message>`;
      send(response, status, 'text/xml', `<ErrorResponse><Error>${inner}</Error></ErrorResponse>`);
    },
  };
}

const sendJson = (response: ServerResponse, result: object, status = 200) =>
  send(response, status, 'application/x-amz-json-1.0', JSON.stringify(result));

const failJson = (response: ServerResponse, { name, message, status, details }: Failure) =>
  sendJson(response, { __type: `com.amazonaws#${name}`, message, ...details }, status);

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': 'stand-in' }).end(body);
}
