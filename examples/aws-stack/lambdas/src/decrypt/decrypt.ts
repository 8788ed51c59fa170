import { OpenError, type OpenedSale } from '@amis-shop/shop-client/receiver';
import type { SQSEvent } from 'aws-lambda';
import { together } from '../common/batch.ts';
import type { Bury } from '../common/dead-letters.ts';
import { count } from '../common/metrics.ts';
import type { Publish } from '../common/publish.ts';

export interface DecryptOptions {
  open: (body: string) => Promise<OpenedSale>;
  bury: Bury;
  publish: Publish;
}

/** Opens each message and passes the sale on; what can never be opened goes to the dead letters, what may be later comes again. */
export const decryptor =
  ({ open, bury, publish }: DecryptOptions) =>
  (event: SQSEvent) =>
    together(event, 'decrypt', async (body) => {
      const opened = await open(body).catch(asReason);
      if (typeof opened === 'string') {
        await bury(body, opened);
        count({ Poison: 1 }, { reason: opened });
        return;
      }
      await publish(JSON.stringify(opened));
      count({ Opened: 1 }, { shop_id: opened.shopId }, { version: opened.version, kid: opened.kid });
    });

function asReason(error: unknown): string {
  if (error instanceof OpenError) return error.code;
  throw error;
}
