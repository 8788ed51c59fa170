import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { patiently } from '../common/patiently.ts';
import type { OpenedMessage } from './opened.ts';
import { advance, type Sequence } from './sequence.ts';
import { tillOf } from './transaction.ts';

/** Notes how far a till has come; `undefined` where nobody vouches for its number. The same message may be noted again. */
export type NoteSequence = (opened: OpenedMessage) => Promise<Sequence | undefined>;

export function sequenceNoter(
  client: DynamoDBClient,
  table: string,
  now: () => number = Date.now,
): NoteSequence {
  return async (opened) => {
    const till = tillOf(opened);
    const { seq } = opened;
    if (till === undefined || seq === undefined) return;
    const id = `till#${till}`;
    return await patiently(
      async () => {
        const { Item } = await client.send(
          new GetItemCommand({ TableName: table, Key: { id: { S: id } }, ConsistentRead: true }),
        );
        const before = Item && read(Item);
        const sequence = advance(before, seq, now());
        if (sequence !== before) await client.send(replace(table, id, Item, sequence));
        return sequence;
      },
      (error) => error instanceof ConditionalCheckFailedException,
    );
  };
}

/** Only over what was read: two that come at once do not undo each other. */
const replace = (
  table: string,
  id: string,
  before: Record<string, AttributeValue> | undefined,
  { first, highest, holes }: Sequence,
) =>
  new PutItemCommand({
    TableName: table,
    Item: {
      id: { S: id },
      first: { N: `${first}` },
      highest: { N: `${highest}` },
      holes: { S: JSON.stringify(holes) },
      revision: { N: `${revisionOf(before) + 1}` },
    },
    ...(before === undefined
      ? { ConditionExpression: 'attribute_not_exists(id)' }
      : {
          ConditionExpression: 'revision = :read',
          ExpressionAttributeValues: { ':read': { N: `${revisionOf(before)}` } },
        }),
  });

const revisionOf = (item: Record<string, AttributeValue> | undefined): number =>
  Number(item?.['revision']?.N ?? 0);

const read = ({ first, highest, holes }: Record<string, AttributeValue>): Sequence => ({
  first: Number(first?.N),
  highest: Number(highest?.N),
  holes: JSON.parse(holes?.S ?? '[]'),
});
