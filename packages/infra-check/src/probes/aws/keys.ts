import type { KMSClient } from '@aws-sdk/client-kms';
import type { KeyFacts, ShopKeyObservation } from '../../core/control-plane.ts';
import type { AwsPlan } from '../../core/expectations.ts';
import { ask } from './ask.ts';
import { text, texts, time } from './facts.ts';
import type { Session } from './session.ts';

const AT_ONCE = 8;

/** Each shop's key by its alias, some at a time. */
export async function observeKeys(
  session: Session,
  { shops, keyPrefix }: AwsPlan,
): Promise<ShopKeyObservation[]> {
  if (shops.length === 0) return [];
  const client = new session.sdk.kms.KMSClient(session.settings);
  const seen: ShopKeyObservation[] = [];
  const waiting = shops.entries();
  const work = async () => {
    for (const [index, shop] of waiting)
      seen[index] = await observeKey(client, session, shop, `${keyPrefix}${shop}`);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, shops.length) }, work));
  return seen;
}

async function observeKey(
  client: KMSClient,
  session: Session,
  shop: string,
  alias: string,
): Promise<ShopKeyObservation> {
  const question = {
    operation: 'DescribeKey',
    permission: 'kms:DescribeKey',
    resource: `the key behind ${alias}`,
  };
  const key = await ask(session, question, async ({ abort }): Promise<KeyFacts> => {
    const { KeyMetadata: seen } = await client.send(
      new session.sdk.kms.DescribeKeyCommand({ KeyId: alias }),
      abort,
    );
    if (seen === undefined) throw new TypeError('the answer holds no key');
    return {
      arn: text(seen.Arn) ?? text(seen.KeyId) ?? '',
      state: text(seen.KeyState),
      usage: text(seen.KeyUsage),
      spec: text(seen.KeySpec),
      encryption_algorithms: texts(seen.EncryptionAlgorithms),
      deletion_date: time(seen.DeletionDate),
    };
  });
  return { shop, alias, key };
}
