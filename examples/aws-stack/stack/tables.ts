import { RemovalPolicy } from 'aws-cdk-lib';
import { type Attribute, AttributeType, BillingMode, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

const text = (name: string): Attribute => ({ name, type: AttributeType.STRING });

type NamedTable = Pick<ITable, 'tableArn' | 'tableName'>;

/** What the shop knows and what it has booked. Encrypted at rest by DynamoDB's own key. */
export class Tables extends Construct {
  readonly registry: NamedTable;
  readonly books: NamedTable;
  readonly ledger: NamedTable;

  /** @param booksTable the name of a table of books that is there already, such as that of 2020 */
  constructor(scope: Construct, id: string, booksTable: string | undefined) {
    super(scope, id);
    this.registry = this.#table('Registry', text('shop_id'), text('entry'));
    this.books = booksTable
      ? Table.fromTableName(this, 'FormerBooks', booksTable)
      : this.#table('Books', text('shop_id'), text('record_type'));
    this.ledger = this.#table('Ledger', text('id'));
  }

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
