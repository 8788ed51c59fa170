import { run as completion } from './commands/completion.ts';
import { run as doctor } from './commands/doctor.ts';
import { run as keyExport } from './commands/key-export.ts';
import { run as keyPin } from './commands/key-pin.ts';
import { run as keyRefresh } from './commands/key-refresh.ts';
import { run as keyShow } from './commands/key-show.ts';
import { run as send } from './commands/send.ts';
import { run as tillInit } from './commands/till-init.ts';
import { run as tillShow } from './commands/till-show.ts';
import type { CommandName, OutboxCommandName } from './commands.ts';
import type { Run } from './context.ts';

/**
 * What main.ts loads once it knows that a command is to run, or that one cannot: `--version` and `--help` do without.
 * One module, so that the bundle has one chunk for it.
 */
export { parseArguments } from './arguments.ts';
export { resolveSettings } from './config.ts';
export { errorsOf } from './errors-of.ts';
export { explain } from './failure.ts';

/** Loaded when one of them is to run. */
const outbox =
  (name: OutboxCommandName): Run =>
  async (context) =>
    (await import('./queue.ts')).RUN[name](context);

export const RUN: Readonly<Record<CommandName, Run>> = {
  send,
  keyShow,
  keyRefresh,
  keyPin,
  keyExport,
  outboxStatus: outbox('outboxStatus'),
  outboxList: outbox('outboxList'),
  outboxFlush: outbox('outboxFlush'),
  outboxRetry: outbox('outboxRetry'),
  outboxRejected: outbox('outboxRejected'),
  outboxResolve: outbox('outboxResolve'),
  outboxPrune: outbox('outboxPrune'),
  outboxBackup: outbox('outboxBackup'),
  outboxExport: outbox('outboxExport'),
  outboxVerify: outbox('outboxVerify'),
  tillInit,
  tillShow,
  doctor,
  completion,
};
