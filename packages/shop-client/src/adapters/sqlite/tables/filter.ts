import type { EntryFilter } from '../../../outbox.ts';

/** Where the sales of a state are: of the table `queue` those for which this holds ... */
const QUEUE = { any: 'TRUE', queued: 'rejected = 0', rejected: 'rejected = 1' } as const;
/** ... and of the table `history` those for which this does. */
const HISTORY = { any: 'TRUE', accepted: 'resolution IS NULL', resolved: 'resolution IS NOT NULL' } as const;
/** As settledEntry() reads it. */
const MAYBE_TWICE =
  'coalesce(may_have_arrived, resolution IS NULL AND attempts > json_array_length(receipts))';

/**
 * The conditions in SQL for a filter; `undefined` for a table that holds no such sale.
 * @param suspectThrough up to which number a process that died may have posted
 */
export function conditionsOf(
  { state, mayHaveArrived = false }: Pick<EntryFilter, 'state' | 'mayHaveArrived'>,
  suspectThrough: () => number,
): { queue: string | undefined; history: string | undefined } {
  const queue = condition(QUEUE, state ?? 'any');
  const history = condition(HISTORY, state ?? 'any');
  if (!mayHaveArrived) return { queue, history };
  return {
    queue: queue && `${queue} AND (may_have_arrived OR seq <= ${suspectThrough()})`,
    history: history && `${history} AND ${MAYBE_TWICE}`,
  };
}

const condition = (of: Readonly<Record<string, string>>, state: string): string | undefined => of[state];
