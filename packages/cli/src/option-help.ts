import type { CommandName, CommandSpec } from './commands.ts';
import { type OptionName, specOf } from './options.ts';

type Helps = Partial<Record<OptionName, string>>;

const OUTBOX: Helps = {
  outbox: 'the outbox: the file in which the sales are recorded',
  json: 'one JSON object on standard output, also for a failure',
};
const A_LINE_EACH: Helps = {
  ...OUTBOX,
  json: 'one JSON object a sale on standard output, a line each; failures too',
};
const DELIVERING: Helps = {
  attempts: 'how often one message is posted in this run (default: 5)',
  timeout: 'for one post (default: 35)',
  concurrency: 'how many sales are posted at once (default: 16)',
};
const OF_KEY: Helps = {
  timeout: 'for one request to KMS (default: 35)',
  json: 'one JSON object on standard output, also for a failure',
};
const OF_TILL: Helps = { json: 'one JSON object on standard output, also for a failure' };

/** What an option means to one command, where that is not what it means to most. */
const HELPS: Partial<Record<CommandName, Helps>> = {
  keyShow: OF_KEY,
  keyRefresh: OF_KEY,
  keyPin: OF_KEY,
  keyExport: OF_KEY,
  outboxStatus: OUTBOX,
  outboxList: A_LINE_EACH,
  outboxFlush: { ...OUTBOX, ...DELIVERING },
  outboxRetry: { ...A_LINE_EACH, ...DELIVERING },
  outboxRejected: A_LINE_EACH,
  outboxResolve: A_LINE_EACH,
  outboxPrune: { ...OUTBOX, dryRun: 'show what would be deleted, and change nothing' },
  outboxExport: { ...A_LINE_EACH, json: 'failures as one JSON object, too; sales are always JSON' },
  outboxVerify: OUTBOX,
  tillInit: { ...OF_TILL, deviceKey: 'file for the new private key, PEM; it must not exist yet' },
  tillShow: OF_TILL,
  doctor: {
    outbox: 'the outbox to check; shop, URL and till default to those in it',
    json: 'one JSON object with all checks on standard output',
    timeout: 'for each request to the gateway and to KMS (default: 35)',
  },
};

export const helpOf = ({ name }: CommandSpec, option: OptionName): string =>
  HELPS[name]?.[option] ?? specOf(option).help;
