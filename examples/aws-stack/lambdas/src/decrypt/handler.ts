import { kmsUnwrap } from '@amis-shop/shop-client/receiver';
import { deadLetters } from '../common/dead-letters.ts';
import { type Environment, required } from '../common/environment.ts';
import { publisher } from '../common/publish.ts';
import { decryptor } from './decrypt.ts';
import { opener } from './open.ts';
import { registryReader } from './registry.ts';
import { cachedShops } from './shops.ts';

/** Behind the queue of `to_decrypt`. */
export function decryptHandler(environment: Environment) {
  const { AUDIENCES = '' } = environment;
  return decryptor({
    open: opener({
      shops: cachedShops(registryReader(required(environment, 'REGISTRY_TABLE'))),
      unwrap: kmsUnwrap(),
      ...(AUDIENCES !== '' && { audiences: AUDIENCES.split(',') }),
    }),
    bury: deadLetters(required(environment, 'DEAD_LETTERS_QUEUE_URL')),
    publish: publisher(required(environment, 'TO_PROCESS_TOPIC_ARN')),
  });
}
