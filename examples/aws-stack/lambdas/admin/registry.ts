import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { at, type Row } from '../src/common/registry-rows.ts';
import { registryReader } from '../src/decrypt/registry.ts';
import { AdminError } from './admin-error.ts';

/** The registry as an operator writes it: each change is one row. */
export function openRegistry(table: string) {
  const client = new DynamoDBClient();
  const read = registryReader(table);
  return {
    put: (row: Row) => client.send(new PutItemCommand({ TableName: table, Item: row })),
    /** @throws {AdminError} where it is not there */
    async remove(shopId: string, entry: string) {
      const { Attributes } = await client.send(
        new DeleteItemCommand({ TableName: table, Key: at(shopId, entry), ReturnValues: 'ALL_OLD' }),
      );
      if (Attributes === undefined) throw new AdminError(`The registry has no ${entry} of ${shopId}.`);
    },
    /** @throws {AdminError} where the shop is not there */
    async shop(shopId: string) {
      const shop = await read(shopId);
      if (shop === undefined)
        throw new AdminError(`The registry has no shop ${shopId}: add it with "shop set" first.`);
      return shop;
    },
  };
}

export type Registry = ReturnType<typeof openRegistry>;
