import { checkOutbox, OutboxError, type TillStatus } from '@amis-shop/shop-client';
import { clientOptions, type Overrides, tillLogger } from '../client.ts';
import type { Context } from '../context.ts';
import { connectFor, loadSqlite, refuseRealSales, statusIn } from './open.ts';

/**
 * What a dry run takes from an outbox, as the recording would, without a write: address, till, and the copy of the key.
 * @throws {CliError | InvalidOptionError | OutboxError} where the recording would be refused
 */
export async function rehearse(
  { settings, terminal }: Pick<Context, 'settings' | 'terminal'>,
  file: string,
  embedded: Overrides | undefined,
): Promise<Overrides> {
  loadSqlite();
  const { values } = settings;
  const known = knownIn(file, values.existing === true);
  if (embedded && known) refuseRealSales(file, known, embedded);
  const url = embedded?.url ?? values.url ?? known?.url;
  const remembered: Overrides = {
    outbox: file,
    renewsKeyCopy: false,
    logger: tillLogger(terminal),
    ...(url !== undefined && { url }),
    ...(values.url === undefined &&
      known && { connect: connectFor(settings, known.url, (sentence) => terminal.warning(sentence)) }),
    ...(values.tillId === undefined &&
      known?.tillId !== undefined &&
      (values.shopId ?? known.shopId) === known.shopId && { tillId: known.tillId }),
    ...embedded,
  };
  const options = await clientOptions(settings, terminal, remembered);
  checkOutbox({ file, shopId: options.shopId, url: options.url, tillId: options.tillId });
  return remembered;
}

/** @param mustExist by `--existing` */
function knownIn(file: string, mustExist: boolean): TillStatus | undefined {
  try {
    return statusIn(file);
  } catch (error) {
    if (!(error instanceof OutboxError) || error.code !== 'outbox_missing' || mustExist) throw error;
    return;
  }
}
