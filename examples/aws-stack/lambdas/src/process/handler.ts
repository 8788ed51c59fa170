import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientSettings } from '../common/aws.ts';
import { deadLetters } from '../common/dead-letters.ts';
import { type Environment, required } from '../common/environment.ts';
import { booker } from './book.ts';
import { processor } from './process.ts';
import { sequenceNoter } from './sequences.ts';

/** Behind the queue of `to_process`. */
export function processHandler(environment: Environment) {
  const client = new DynamoDBClient(clientSettings);
  const ledger = required(environment, 'LEDGER_TABLE');
  return processor({
    book: booker(client, { books: required(environment, 'BOOKS_TABLE'), ledger }),
    bury: deadLetters(required(environment, 'DEAD_LETTERS_QUEUE_URL')),
    noteSequence: sequenceNoter(client, ledger),
  });
}
