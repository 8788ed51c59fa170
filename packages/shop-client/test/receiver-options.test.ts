import { expect, test } from 'vitest';
import { Receiver } from '../src/receiver/index.ts';

const unwrap = () => new Uint8Array();
const shop = (entry: object) => ({ unwrap, shops: { AMIS1: { keys: [], ...entry } } });

test.each([
  [undefined, 'The options of the receiver must be an object.'],
  [{ unwrap }, 'shops must be an object with an entry for each shop id.'],
  [{ shops: {} }, 'unwrap must be a function, such as kmsUnwrap() gives.'],
  [
    { shops: {}, unwrap, audience: ['https://api.retsema.eu'] },
    'audience is not an option of the receiver; known are shops, unwrap, schema, audiences.',
  ],
  [
    { shops: {}, unwrap, audiences: 'https://api.retsema.eu' },
    'audiences must be a list of origins, such as ["https://api.retsema.eu"].',
  ],
  [{ unwrap, shops: { AMIS1: null } }, 'The options of the shop AMIS1 must be an object.'],
  [shop({ keys: undefined }), 'keys of AMIS1 must be a list of { kid, keyId }.'],
  [shop({ keys: [{ kid: 'x' }] }), 'keys of AMIS1 must be a list of { kid, keyId }.'],
  [
    shop({ requireSignatur: true }),
    'requireSignatur is not an option of the shop AMIS1; known are keys, devices, requireSignature.',
  ],
  [shop({ requireSignature: 'no' }), 'requireSignature of AMIS1 must be true or false.'],
  [shop({ devices: {} }), 'devices of AMIS1 must be a list of { tillId, jwk }.'],
  [
    shop({ devices: [{ tillId: 'till-07', jwk: 5 }] }),
    'The device key of till-07 must be a public JWK on the curve P-256.',
  ],
])('a receiver that would not demand what it was told to is refused: %j', (options, sentence) => {
  expect(() => new Receiver(options as never)).toThrow(new TypeError(sentence));
});
