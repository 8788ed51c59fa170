import { ShopError, type Till } from '@amis-shop/shop-client';

export interface Drained {
  /** Sales that got home, or were refused by the shop for good. */
  settled: number;
  /** Sales that stay in the outbox for whoever opens it next. */
  queued: number;
}

/**
 * Delivers what is queued for at most `drainMs`, then cuts off what is still in flight and lets go of the file. A post
 * that was cut off is posted again later, the same bytes.
 */
export async function drainAndClose(till: Till, drainMs: number): Promise<Drained> {
  const before = till.status().queued;
  const signal = AbortSignal.timeout(drainMs);
  try {
    await till.flush({ signal });
  } catch (error) {
    if (!(error instanceof ShopError)) throw error;
  } finally {
    await till.close({ signal });
  }
  const { queued } = await till.close();
  return { settled: before - queued, queued };
}
