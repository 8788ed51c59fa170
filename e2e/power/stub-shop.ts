import { constants, createHash, generateKeyPairSync, type KeyObject, publicEncrypt } from 'node:crypto';
import type { SealedMessage, ShopKey, Transport } from '@amis-shop/shop-client';

type PostResult = Awaited<ReturnType<Transport['post']>>;

/** A key that needs neither KMS nor a file. Nobody opens what is sealed for it. */
export function stubKeys() {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key: ShopKey = {
    kid: 'A'.repeat(43),
    keyId: 'key/power',
    publicKey,
    fetchedAt: 0,
    capacity: 190,
    wrap: (secret) => publicEncrypt(oaep(publicKey), secret),
  };
  return { current: async () => key, refresh: async () => key };
}

const oaep = (key: KeyObject) => ({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' });

/** A shop in this process, which answers each post as `reply` says. */
export function stubShop(reply: (message: SealedMessage) => Promise<Reply> | Reply): Transport {
  const answer = (statusCode: number, content: string): PostResult => ({
    kind: 'answer',
    statusCode,
    content,
  });
  const results: Record<Reply, () => PostResult> = {
    accepts: () => answer(200, '"OK"'),
    fails: () => answer(500, '"NotOK: retry later"'),
    rejects: () => answer(400, ''),
    'loses the answer': () => failure('lost'),
    'is not reached': () => failure('unreachable'),
  };
  return { post: async (message) => results[await reply(message)](), probe: async () => answer(403, '') };
}

export type Reply = 'accepts' | 'fails' | 'rejects' | 'loses the answer' | 'is not reached';

const failure = (reason: 'lost' | 'unreachable'): PostResult => ({
  kind: 'failure',
  reason,
  detail: 'ECONNRESET',
  cause: new Error(reason),
});

/** '' where there are none. */
export function digestOf(messages: readonly SealedMessage[]): string {
  if (messages.length === 0) return '';
  const bodies = messages.map(({ body }) => body).join('\n');
  return createHash('sha256').update(bodies).digest('base64url');
}
