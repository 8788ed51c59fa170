import { type Overrides, openClient } from '../client.ts';
import type { Context } from '../context.ts';
import { somewhatLater } from './later.ts';
import type { Way } from './way.ts';

const AT_ONCE = 16;
const PATIENCE_S = 35;

/** Each sale is posted as soon as there is room; without an outbox nothing is kept of it. */
export async function directWay(context: Context, embedded: Overrides | undefined): Promise<Way> {
  const { settings, terminal, world } = context;
  const { values } = settings;
  const client = await openClient(settings, terminal, embedded);
  return {
    sealedFor: client.settings,
    open: async (tally) => {
      const signal = somewhatLater(world.signal, (values.timeout ?? PATIENCE_S) * 1000);
      return {
        atOnce: values.concurrency ?? AT_ONCE,
        take: async ({ number, saleId, sale }) => {
          let line = { number, saleId };
          try {
            const sealed = await client.seal(sale, { saleId, signal });
            line = { number, saleId: sealed.saleId };
            if (values.dryRun) tally.sealed(line, sealed);
            else tally.accepted(line, await client.post(sealed, { signal }));
          } catch (error) {
            tally.threw(line, error);
          }
        },
        finish: async () => undefined,
      };
    },
  };
}
