import { kmsUnwrap } from '@amis-shop/shop-client/receiver';
import { deadLetters } from './decrypt/dead-letters.ts';
import { decryptor } from './decrypt/decrypt.ts';
import { opener } from './decrypt/open.ts';
import { registryReader } from './decrypt/registry.ts';
import { cachedShops } from './decrypt/shops.ts';
import { required } from './shared/environment.ts';
import { publisher } from './shared/publish.ts';

const audiences = process.env['AUDIENCES']?.split(',').map((origin) => origin.trim()) ?? [];

/** Behind the queue of `to_decrypt`. */
export const handler = decryptor({
  open: opener({
    shops: cachedShops(registryReader(required('REGISTRY_TABLE'))),
    unwrap: kmsUnwrap(),
    ...(audiences.some((origin) => origin !== '') && { audiences }),
  }),
  bury: deadLetters(required('DEAD_LETTERS_QUEUE_URL')),
  publish: publisher(required('TO_PROCESS_TOPIC_ARN')),
});
