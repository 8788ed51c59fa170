import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CreateTableInput,
  DeleteItemInput,
  GetItemInput,
  PutItemInput,
  QueryInput,
  ScanInput,
  TransactWriteItem,
  TransactWriteItemsInput,
} from '@aws-sdk/client-dynamodb';
import { added, holds, type Item } from './expressions.ts';
import { Failure } from './failure.ts';

interface Table {
  keys: string[];
  items: Map<string, Item>;
}

interface Place {
  table: Table;
  key: string;
  /** Of this item among those of all tables. */
  lock: string;
}

interface Change extends Place {
  held: boolean;
  before: Item | undefined;
  apply: () => Item;
}

/** So long a transaction holds its items; the real one rather longer. */
const TRANSACTION_MS = 1;

/** Amazon DynamoDB, as far as the functions and their tests ask for it: conditions, adds and transactions are what they are there. */
export class DynamoDb {
  readonly #tables = new Map<string, Table>();
  /** Items that a transaction is at: another one that wants them is cancelled, as in DynamoDB. */
  readonly #locks = new Set<string>();
  /** What was asked by a token, and whether it is done yet. */
  readonly #tokens = new Map<string, { asked: string; done: boolean }>();

  readonly operations = {
    CreateTable: ({ TableName = '', KeySchema = [] }: CreateTableInput) => {
      this.#tables.set(TableName, {
        keys: KeySchema.map(({ AttributeName = '' }) => AttributeName),
        items: new Map(),
      });
      return { TableDescription: { TableName, TableStatus: 'ACTIVE' } };
    },
    GetItem: ({ TableName, Key = {} }: GetItemInput) => {
      const { table, key } = this.#place(TableName, Key);
      const item = table.items.get(key);
      return item === undefined ? {} : { Item: item };
    },
    PutItem: (input: PutItemInput) => {
      const { Item = {}, ConditionExpression } = input;
      const { table, key, lock } = this.#place(input.TableName, Item);
      if (this.#locks.has(lock)) throw new Failure('TransactionConflictException');
      if (!holds(ConditionExpression, table.items.get(key), input))
        throw new Failure('ConditionalCheckFailedException');
      table.items.set(key, Item);
      return {};
    },
    DeleteItem: ({ TableName, Key = {}, ReturnValues }: DeleteItemInput) => {
      const { table, key } = this.#place(TableName, Key);
      const Attributes = table.items.get(key);
      table.items.delete(key);
      return ReturnValues === 'ALL_OLD' && Attributes ? { Attributes } : {};
    },
    Query: ({ TableName, KeyConditionExpression = '', ExpressionAttributeValues = {} }: QueryInput) => {
      const all = [...this.#table(TableName).items.values()];
      const Items = all.filter((item) => holds(KeyConditionExpression, item, { ExpressionAttributeValues }));
      return { Items, Count: Items.length };
    },
    Scan: ({ TableName }: ScanInput) => {
      const Items = [...this.#table(TableName).items.values()];
      return { Items, Count: Items.length };
    },
    TransactWriteItems: (input: TransactWriteItemsInput) => this.#transact(input),
  };

  async #transact({ TransactItems = [], ClientRequestToken = '' }: TransactWriteItemsInput): Promise<object> {
    const asked = JSON.stringify(TransactItems);
    const before = this.#tokens.get(ClientRequestToken);
    if (before?.done === false) throw new Failure('TransactionInProgressException');
    if (before?.asked === asked) return {};
    if (before !== undefined) throw new Failure('IdempotentParameterMismatchException');
    if (TransactItems.length > 100) throw new Failure('ValidationException', 'more than 100 actions');
    const places = TransactItems.map((action) => this.#placeOf(action));
    if (new Set(places.map(({ lock }) => lock)).size < places.length) {
      throw new Failure('ValidationException', 'two actions on one item');
    }
    if (places.some(({ lock }) => this.#locks.has(lock))) {
      throw cancelled(
        places.map(({ lock }) => ({ Code: this.#locks.has(lock) ? 'TransactionConflict' : 'None' })),
      );
    }
    for (const { lock } of places) this.#locks.add(lock);
    this.#tokens.set(ClientRequestToken, { asked, done: false });
    try {
      await sleep(TRANSACTION_MS);
      const changes = TransactItems.map((action) => this.#change(action));
      if (changes.some(({ held }) => !held)) throw cancelled(changes.map(reasonOf));
      const after = changes.map(({ apply }, i) => orCancelled(apply, i, changes.length));
      for (const [i, { table, key }] of changes.entries()) table.items.set(key, after[i] as Item);
      this.#tokens.set(ClientRequestToken, { asked, done: true });
      return {};
    } finally {
      if (this.#tokens.get(ClientRequestToken)?.done === false) this.#tokens.delete(ClientRequestToken);
      for (const { lock } of places) this.#locks.delete(lock);
    }
  }

  #change({ Put, Update }: TransactWriteItem): Change {
    if (Put?.Item) {
      const { Item } = Put;
      const place = this.#place(Put.TableName, Item);
      const before = place.table.items.get(place.key);
      return { ...place, before, held: holds(Put.ConditionExpression, before, Put), apply: () => Item };
    }
    const { TableName, Key = {}, UpdateExpression = '' } = Update ?? {};
    const place = this.#place(TableName, Key);
    const before = place.table.items.get(place.key);
    const apply = () => added(UpdateExpression, before ?? Key, Update ?? {});
    return { ...place, before, held: holds(Update?.ConditionExpression, before, Update ?? {}), apply };
  }

  #placeOf({ Put, Update }: TransactWriteItem): Place {
    if (Put?.Item) return this.#place(Put.TableName, Put.Item);
    if (Update?.Key) return this.#place(Update.TableName, Update.Key);
    throw new Failure('ValidationException', 'only Put and Update are played here');
  }

  #place(tableName: string | undefined, keys: Item): Place {
    const table = this.#table(tableName);
    const key = JSON.stringify(table.keys.map((name) => keys[name]));
    return { table, key, lock: `${tableName} ${key}` };
  }

  #table(name = ''): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Failure('ResourceNotFoundException', `there is no table ${name}`);
    return table;
  }
}

const reasonOf = ({ held, before }: Change) =>
  held ? { Code: 'None' } : { Code: 'ConditionalCheckFailed', ...(before && { Item: before }) };

const cancelled = (CancellationReasons: object[]) =>
  new Failure('TransactionCanceledException', 'Transaction cancelled', { details: { CancellationReasons } });

/** A value that DynamoDB cannot hold cancels the transaction it is part of. */
function orCancelled(apply: () => Item, index: number, actions: number): Item {
  try {
    return apply();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const none: object[] = Array.from({ length: actions }, () => ({ Code: 'None' }));
    throw cancelled(none.with(index, { Code: 'ValidationError', Message: error.message }));
  }
}
