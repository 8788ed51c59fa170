import {
  OutboxError,
  type OutboxIdentity,
  readStatus,
  ShopClient,
  Till,
  type TillStatus,
} from '@amis-shop/shop-client';
import { CliError } from '../cli-error.ts';
import { clientOptions, type Overrides, tillLogger } from '../client.ts';
import type { Settings } from '../config.ts';
import type { Context } from '../context.ts';
import { spelling } from '../options.ts';
import { printable } from '../printable.ts';

/** The outbox that an outbox command is about. @throws {CliError} */
export function requiredOutbox({ values }: Settings): string {
  if (values.outbox !== undefined) return values.outbox;
  throw new CliError(
    'usage',
    'No outbox is given.',
    'Name its file with --outbox, or set SHOP_SEND_OUTBOX or "outbox" in a configuration file.',
  );
}

/** Opens an outbox for the shop, the address and the till that it remembers; nothing is posted before flush(). */
export async function openKnownTill({ settings, terminal }: Context): Promise<Till<unknown>> {
  const file = requiredOutbox(settings);
  const { shopId, url, tillId } = identityOf(file);
  const connect = connectFor(settings, url, (sentence) => terminal.warning(sentence));
  const options = await clientOptions(settings, terminal, {
    shopId,
    url,
    tillId,
    connect,
    logger: tillLogger(terminal),
  });
  return await Till.open<unknown>({
    ...options,
    file,
    concurrency: settings.values.concurrency,
    deliver: false,
  });
}

/**
 * What the options leave open and the outbox knows: shop, address, till, and the copy of the key; nothing where there is none.
 * @throws {OutboxError} where there is none, and nothing else says which shop is meant
 */
export function rememberedIn(
  file: string,
  { settings, terminal }: Pick<Context, 'settings' | 'terminal'>,
): Overrides {
  const { values } = settings;
  const known = values.shopId === undefined ? identityOf(file) : identityIfAny(file);
  if (known === undefined || (values.shopId !== undefined && values.shopId !== known.shopId)) return {};
  const connect = () => connectFor(settings, known.url, (sentence) => terminal.warning(sentence));
  return {
    outbox: file,
    ...(values.shopId === undefined && { shopId: known.shopId }),
    ...(values.url === undefined && { url: known.url, connect: connect() }),
    ...(values.tillId === undefined && known.tillId !== undefined && { tillId: known.tillId }),
  };
}

export interface Sending {
  file: string;
  /** Whether it delivers all the time, or only while flush() runs. */
  deliver: boolean;
  /** Where `--sandbox` leads. */
  embedded: Overrides | undefined;
}

export interface PreparedTill {
  /** Which shop, which key, which address: what the options and the outbox say together. */
  sealedFor: ShopClient['settings'];
  /** Opens the outbox, and makes it where there is none and --existing does not say that there must be one. */
  open(): Promise<Till<unknown>>;
}

/** Checks all options before anything is made or read. @throws {CliError | InvalidOptionError | OutboxError} */
export async function prepareTill(
  { settings, terminal }: Pick<Context, 'settings' | 'terminal'>,
  { file, deliver, embedded }: Sending,
): Promise<PreparedTill> {
  loadSqlite();
  const { values } = settings;
  if (values.existing) identityOf(file);
  const url = embedded?.url ?? values.url;
  const known = url === undefined || embedded || needsTill(settings) ? identityIfAny(file) : undefined;
  if (embedded && known) refuseRealSales(file, known, embedded);
  const remembered: Overrides = {
    ...(url === undefined && known && { url: known.url }),
    ...(needsTill(settings) && known?.tillId !== undefined && { tillId: known.tillId }),
  };
  const connect = remembered.url && connectFor(settings, remembered.url, (told) => terminal.warning(told));
  const options = await clientOptions(settings, terminal, {
    ...remembered,
    ...(remembered.url && { connect }),
    logger: tillLogger(terminal),
    ...embedded,
  });
  const { concurrency } = values;
  return {
    sealedFor: new ShopClient<unknown>(options).settings,
    open: () => Till.open<unknown>({ ...options, file, concurrency, deliver, create: !values.existing }),
  };
}

/** Another working folder, or a disk that is not mounted, looks like a till that never sold. */
export const newOutbox = (file: string): string =>
  `New outbox: ${printable(file)} (--existing refuses to create one).`;

const needsTill = ({ values }: Settings): boolean =>
  values.deviceKey !== undefined && values.tillId === undefined;

function identityIfAny(file: string): OutboxIdentity | undefined {
  try {
    return identityOf(file);
  } catch (error) {
    if (error instanceof OutboxError && error.code === 'outbox_missing') return;
    throw error;
  }
}

function identityOf(file: string): OutboxIdentity {
  loadSqlite();
  return Till.identity(file);
}

/** What an outbox says of itself, read without a write. */
export function statusIn(file: string): TillStatus {
  loadSqlite();
  return readStatus(file);
}

/** Node 22 warns of it as an experiment, of which no user of this command needs to hear. */
export function loadSqlite(): void {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** What waits for a real shop must not end in the embedded one, which forgets everything. */
export function refuseRealSales(
  file: string,
  known: Pick<OutboxIdentity, 'url'>,
  { url = '' }: Overrides,
): void {
  if (new URL(known.url).hostname === new URL(url).hostname || statusIn(file).recorded === 0) return;
  throw new CliError(
    'usage',
    `The outbox ${printable(file)} holds the sales for ${known.url}, which --sandbox must not get.`,
    'Try it out with an outbox of its own, in a new file.',
  );
}

/** An address to connect to that was said beside another URL is not for the one that the outbox remembers. */
export function connectFor(
  { values, labels, connectUrl }: Settings,
  url: string,
  warn: (sentence: string) => void,
): string | undefined {
  const { host } = new URL(url);
  if (values.connect === undefined || connectUrl === undefined || new URL(connectUrl).host === host) {
    return values.connect;
  }
  warn(
    `${labels.get('connect') ?? spelling('connect')} belongs to ${new URL(connectUrl).host} and does not count for ${host}; give --connect to have it so.`,
  );
  return;
}
