import type { TransactWriteItem, TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { contentOf, digestOf, type OpenedMessage } from './opened.ts';
import { type ItemTotal, itemTotals, negated } from './totals.ts';

export interface Tables {
  books: string;
  ledger: string;
}

/** What one transaction of a sale writes. */
export interface Part {
  /** The mark that it was booked. */
  marker: Mark;
  /** The marker's id where that of another till stands in its place: an id is unique within shop and till. */
  idAtTill: string | undefined;
  /** The mark that the till's number is taken, where somebody vouches for it. */
  number: Mark | undefined;
  adds: TransactWriteItem[];
}

type Mark = Readonly<Record<string, string>> & { readonly id: string };

/** One transaction has at most 100 actions (Amazon DynamoDB API Reference, TransactWriteItems); two of them are marks. */
const MAX_ITEMS = 98;

/**
 * What books a sale: the marks and the adds, in one transaction. A sale of more than 98 different items goes in several,
 * always cut alike, each with a marker of its own.
 */
export function partsOf(opened: OpenedMessage, { books }: Tables, bookedAt: string): Part[] {
  const till = opened.tillId === undefined ? {} : { till_id: opened.tillId };
  const said = { ...till, content: contentOf(opened), digest: digestOf(opened), booked_at: bookedAt };
  return chunks(itemTotals(opened.sale)).map((items, index) => ({
    marker: { id: markerId(opened, index), ...said },
    idAtTill: opened.version === 1 ? undefined : markerIdAtTill(opened, index),
    number: index === 0 ? numberOf(opened) : undefined,
    adds: items.map((item) => addTo(books, opened.shopId, item)),
  }));
}

/** The marks come first, so that the first reasons of a cancellation are theirs. */
export const transactionOf = (
  { marker, number, adds }: Part,
  { ledger }: Tables,
): TransactWriteItemsCommandInput => ({
  TransactItems: [put(ledger, marker), ...(number ? [put(ledger, number)] : []), ...adds],
});

/** A till with a new device key begins anew: its old outbox is gone with the old key. */
export function tillOf({ shopId, tillId, seq, signedBy }: OpenedMessage): string | undefined {
  if (tillId === undefined || seq === undefined || signedBy === undefined) return;
  return `${shopId}#${tillId}#${signedBy}`;
}

function numberOf(opened: OpenedMessage): Mark | undefined {
  const till = tillOf(opened);
  return till === undefined ? undefined : { id: `seq#${till}#${opened.seq}`, sale_id: opened.saleId };
}

/** Versions have ids of their own kind: nobody may take the one of a version 1 message by choosing it in version 2. */
const markerId = ({ shopId, version, saleId }: OpenedMessage, index: number): string =>
  `sale#${shopId}#${version}#${saleId}${cut(index)}`;

/** Messages without a till are a till of their own, which no till can be named like. */
const markerIdAtTill = ({ shopId, tillId = '', saleId }: OpenedMessage, index: number): string =>
  `sale#${shopId}#till#${tillId}#${saleId}${cut(index)}`;

const cut = (index: number): string => (index === 0 ? '' : `#${index + 1}`);

const put = (table: string, mark: Mark): TransactWriteItem => ({
  Put: {
    TableName: table,
    Item: Object.fromEntries(Object.entries(mark).map(([name, value]) => [name, { S: value }])),
    ConditionExpression: 'attribute_not_exists(id)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

const addTo = (
  table: string,
  shopId: string,
  { recordType, grossNumber, grossTurnover }: ItemTotal,
): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: { shop_id: { S: shopId }, record_type: { S: recordType } },
    UpdateExpression: 'ADD stock :taken, gross_number :number, gross_turnover :turnover',
    ExpressionAttributeValues: {
      ':taken': { N: negated(grossNumber) },
      ':number': { N: grossNumber },
      ':turnover': { N: grossTurnover },
    },
  },
});

const chunks = (items: readonly ItemTotal[]): ItemTotal[][] =>
  Array.from({ length: Math.ceil(items.length / MAX_ITEMS) }, (_, i) =>
    items.slice(i * MAX_ITEMS, (i + 1) * MAX_ITEMS),
  );
