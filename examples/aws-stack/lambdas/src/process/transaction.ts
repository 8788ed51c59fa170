import type { TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { digestOf, type OpenedMessage } from './opened.ts';
import { type ItemTotal, itemTotals, negated } from './totals.ts';

export interface Tables {
  books: string;
  ledger: string;
}

/** One transaction has at most 100 actions (Amazon DynamoDB API Reference, TransactWriteItems); one of them is the marker. */
const MAX_ITEMS = 99;

/**
 * What books a sale: in each transaction the marker, on condition that it is not there, and the adds. A sale of more
 * than 99 different items goes in several, always cut alike, each with a marker of its own.
 */
export function transactionsFor(
  opened: OpenedMessage,
  { books, ledger }: Tables,
  bookedAt: string,
): TransactWriteItemsCommandInput[] {
  const digest = digestOf(opened);
  return chunks(itemTotals(opened.sale)).map((items, index) => ({
    TransactItems: [
      {
        Put: {
          TableName: ledger,
          Item: { id: { S: markerId(opened, index) }, digest: { S: digest }, booked_at: { S: bookedAt } },
          ConditionExpression: 'attribute_not_exists(id)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      ...items.map((item) => ({ Update: addTo(books, opened.shopId, item) })),
    ],
  }));
}

/** Versions have ids of their own kind: nobody may take the one of a version 1 message by choosing it in version 2. */
const markerId = ({ shopId, version, saleId }: OpenedMessage, index: number): string =>
  `sale#${shopId}#${version}#${saleId}${index === 0 ? '' : `#${index + 1}`}`;

const addTo = (table: string, shopId: string, { recordType, grossNumber, grossTurnover }: ItemTotal) => ({
  TableName: table,
  Key: { shop_id: { S: shopId }, record_type: { S: recordType } },
  UpdateExpression: 'ADD stock :taken, gross_number :number, gross_turnover :turnover',
  ExpressionAttributeValues: {
    ':taken': { N: negated(grossNumber) },
    ':number': { N: grossNumber },
    ':turnover': { N: grossTurnover },
  },
});

const chunks = (items: readonly ItemTotal[]): ItemTotal[][] =>
  Array.from({ length: Math.ceil(items.length / MAX_ITEMS) }, (_, i) =>
    items.slice(i * MAX_ITEMS, (i + 1) * MAX_ITEMS),
  );
