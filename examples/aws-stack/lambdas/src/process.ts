import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { booker } from './process/book.ts';
import { processor } from './process/process.ts';
import { sequenceNoter } from './process/sequences.ts';
import { clientSettings } from './shared/aws.ts';
import { required } from './shared/environment.ts';

const client = new DynamoDBClient(clientSettings);
const tables = { books: required('BOOKS_TABLE'), ledger: required('LEDGER_TABLE') };

/** Behind the queue of `to_process`. */
export const handler = processor({
  book: booker(client, tables),
  noteSequence: sequenceNoter(client, tables.ledger),
});
