import type { OutboxCommandName } from '../commands.ts';
import type { Run } from '../context.ts';
import { run as outboxBackup } from './backup.ts';
import { run as outboxExport } from './export.ts';
import { run as outboxFlush } from './flush.ts';
import { run as outboxList } from './list.ts';
import { run as outboxPrune } from './prune.ts';
import { run as outboxRejected } from './rejected.ts';
import { run as outboxResolve } from './resolve.ts';
import { run as outboxRetry } from './retry.ts';
import { run as outboxStatus } from './status.ts';
import { run as outboxVerify } from './verify.ts';

export const RUN: Readonly<Record<OutboxCommandName, Run>> = {
  outboxStatus,
  outboxList,
  outboxFlush,
  outboxRetry,
  outboxRejected,
  outboxResolve,
  outboxPrune,
  outboxBackup,
  outboxExport,
  outboxVerify,
};
