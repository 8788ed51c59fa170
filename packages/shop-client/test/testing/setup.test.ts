import { expect, test } from 'vitest';
import { fakeShop, scriptedFaults } from '../../src/testing/index.ts';

const url = 'https://api.retsema.eu/shop';

test.each([
  [undefined, 'fakeShop() needs an object with shopId and url.'],
  [
    { shopId: 'AMIS1' },
    'fakeShop() needs a shopId such as "AMIS1" and a url such as "https://api.retsema.eu/shop".',
  ],
  [
    { shopId: 'AMIS1', url, fautls: scriptedFaults([]) },
    'fautls is not an option of fakeShop(); known are shopId, url, region, kmsEndpoint, key, faults, slowMs, oldBackEnd, schema, keyAlias, devices, requireSignature.',
  ],
  [
    { shopId: 'AMIS1', url, schema: {} },
    'The schema of fakeShop() must be a Standard Schema, such as one of zod or valibot.',
  ],
])('a setup by which a test would prove nothing is refused: %j', async (setup, sentence) => {
  await expect(fakeShop(setup as never)).rejects.toThrow(new TypeError(sentence));
});
