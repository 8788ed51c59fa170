import { RemovalPolicy } from 'aws-cdk-lib';
import { type Attribute, AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

const text = (name: string): Attribute => ({ name, type: AttributeType.STRING });

/** What the shop knows and what it has booked. Encrypted at rest by DynamoDB's own key. */
export class Tables extends Construct {
  readonly registry = this.#table('Registry', text('shop_id'), text('entry'));
  readonly books = this.#table('Books', text('shop_id'), text('record_type'));
  readonly ledger = this.#table('Ledger', text('id'));

  #table(id: string, partitionKey: Attribute, sortKey?: Attribute): Table {
    return new Table(this, id, {
      partitionKey,
      ...(sortKey && { sortKey }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
