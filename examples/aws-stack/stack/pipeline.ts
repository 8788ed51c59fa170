import type { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { Hop } from './hop.ts';
import type { ShopOptions } from './options.ts';
import { allow, type FunctionName, ShopFunction } from './shop-function.ts';
import type { Tables } from './tables.ts';

const TIMEOUT_SECONDS: Record<FunctionName, number> = { accept: 25, decrypt: 60, process: 60 };

interface PipelineProps {
  options: ShopOptions;
  roles: Record<FunctionName, Role>;
  tables: Tables;
  transitKey: IKey;
}

/** From the gateway to the books: accept -> to_decrypt -> decrypt -> to_process -> process. */
export class Pipeline extends Construct {
  readonly toDecrypt: Hop;
  readonly toProcess: Hop;
  readonly accept: ShopFunction;
  readonly decrypt: ShopFunction;
  readonly process: ShopFunction;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { options, roles, tables, transitKey } = props;
    const shopFunction = (name: FunctionName, environment: Record<string, string>, may: PolicyStatement[]) =>
      new ShopFunction(this, name, {
        name,
        role: roles[name],
        timeoutSeconds: TIMEOUT_SECONDS[name],
        logRetentionDays: options.logRetentionDays,
        environment: { ...environment, METRICS_NAMESPACE: options.stackName },
        may,
      });
    const hop = (name: string, to: FunctionName) =>
      new Hop(this, name, { key: transitKey, timeoutSeconds: TIMEOUT_SECONDS[to] });
    this.toDecrypt = hop('ToDecrypt', 'decrypt');
    this.toProcess = hop('ToProcess', 'process');
    const publish = (to: Hop) => allow(['sns:Publish'], to.topic.topicArn);
    this.accept = shopFunction(
      'accept',
      {
        TO_DECRYPT_TOPIC_ARN: this.toDecrypt.topic.topicArn,
        RUBBISH: options.refuseRubbish ? 'refuse' : 'accept',
      },
      [publish(this.toDecrypt)],
    );
    this.decrypt = shopFunction(
      'decrypt',
      {
        REGISTRY_TABLE: tables.registry.tableName,
        TO_PROCESS_TOPIC_ARN: this.toProcess.topic.topicArn,
        DEAD_LETTERS_QUEUE_URL: this.toDecrypt.deadLetters.queueUrl,
      },
      [
        publish(this.toProcess),
        allow(['sqs:SendMessage'], this.toDecrypt.deadLetters.queueArn),
        allow(['dynamodb:Query'], tables.registry.tableArn),
      ],
    );
    this.process = shopFunction(
      'process',
      {
        BOOKS_TABLE: tables.books.tableName,
        LEDGER_TABLE: tables.ledger.tableName,
        DEAD_LETTERS_QUEUE_URL: this.toProcess.deadLetters.queueUrl,
      },
      [
        allow(['dynamodb:UpdateItem'], tables.books.tableArn),
        allow(['dynamodb:PutItem', 'dynamodb:GetItem'], tables.ledger.tableArn),
        allow(['sqs:SendMessage'], this.toProcess.deadLetters.queueArn),
      ],
    );
    this.toDecrypt.invoke(this.decrypt, 20);
    this.toProcess.invoke(this.process, 10);
  }

  /** @param origins by which tills reach the shop: what is sealed for any other is refused */
  listenFor(origins: readonly string[]): void {
    this.decrypt.lambda.addEnvironment('AUDIENCES', origins.join(','));
  }
}
