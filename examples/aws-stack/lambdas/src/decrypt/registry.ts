import type { ShopEntry } from '@amis-shop/shop-client/receiver';
import { type AttributeValue, DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { clientSettings } from '../common/aws.ts';
import { toShop } from '../common/registry-rows.ts';

/** The registry's knowledge of a shop, or `undefined` where it has none. */
export type ReadShop = (shopId: string) => Promise<ShopEntry | undefined>;

/** Reads a shop's rows, consistently: what the operator was told is written is seen by the next message. */
export function registryReader(table: string): ReadShop {
  const client = new DynamoDBClient(clientSettings);
  return async (shopId) => {
    const rows: Record<string, AttributeValue>[] = [];
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'shop_id = :shop_id',
        ExpressionAttributeValues: { ':shop_id': { S: shopId } },
      },
    );
    for await (const { Items = [] } of pages) rows.push(...Items);
    return toShop(rows);
  };
}
