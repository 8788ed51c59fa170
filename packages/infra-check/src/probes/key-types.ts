import type { ConnectionObservation, KeyType, KeyTypeObservation } from '../core/observations.ts';
import { connectTls, type Peer } from './handshake.ts';
import type { Limits } from './limits.ts';
import type { Trust } from './trust.ts';

const KEY_TYPES: Readonly<Record<KeyType, string>> = { rsa: 'rsa', ecdsa: 'ec' };

/** Asks for the certificates of those types of keys that the connection did not show. Never rejects. */
export function askKeyTypes(
  peer: Peer,
  { served_chain: [leaf] }: ConnectionObservation,
  trust: Trust,
  limits: Limits,
): Promise<KeyTypeObservation[]> {
  const others = (Object.keys(KEY_TYPES) as KeyType[]).filter((one) => KEY_TYPES[one] !== leaf?.key.type);
  return Promise.all(
    others.map(async (keyType) => {
      const only = { ...trust, context: trust.contextFor(keyType) };
      const { socket, observation } = await connectTls(peer, only, limits);
      socket?.destroy();
      return { ...observation, key_type: keyType };
    }),
  );
}
