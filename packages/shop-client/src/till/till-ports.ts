import { SqliteOutbox } from '../adapters/sqlite/outbox.ts';
import { systemUptime } from '../adapters/system-uptime.ts';
import { defaultPorts, type Ports } from '../default-ports.ts';
import type { ResolvedTillOptions } from '../options.ts';
import type { Outbox } from '../outbox.ts';
import type { Clock } from '../ports.ts';
import { warnOfRescued } from './beside.ts';

export interface TillPorts extends Ports {
  outbox: Outbox;
  /** Milliseconds since some moment, whoever sets the clock of the day; `undefined` where that is not known. */
  uptime: Clock | undefined;
}

/** What is not given is the real one; the outbox is opened last. @throws {OutboxError} */
export function openPorts(options: ResolvedTillOptions, ports: Partial<TillPorts>): TillPorts {
  const uptime = ports.clock ? undefined : systemUptime();
  const given = { ...defaultPorts(options), uptime, ...ports };
  const outbox = ports.outbox ?? openOutbox(options, given);
  return { ...given, outbox };
}

function openOutbox(options: ResolvedTillOptions, { clock }: Pick<TillPorts, 'clock'>): Outbox {
  const { shopId, tillId, url, file, create, logger } = options;
  const outbox = new SqliteOutbox(
    file,
    create ? { shopId, tillId, url, createdAt: clock() } : undefined,
    ({ rescued, ...reattached }) => {
      logger?.warn({ file, ...reattached }, FILES_EXCHANGED);
      if (rescued) logger?.warn({ file: rescued.file }, rescued.removed ? RESCUED_REMOVED : RESCUED_KEPT);
    },
  );
  warnOfRescued(file, outbox, logger);
  return outbox;
}

const FILES_EXCHANGED =
  'the files of the outbox were replaced while it was open; it continues with the files now in place';
const RESCUED_REMOVED = 'a file with saved sales was removed: they are all in the outbox again';
const RESCUED_KEPT =
  'a file with saved sales could not be removed, and the outbox delivers them again: do not deliver that file';
