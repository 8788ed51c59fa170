import type { Conflict, ConflictName, Conflicts } from '../conflict.ts';

/** With what to do about it. */
export type ToldConflict = Conflict & { hint: string };

const COPIED =
  'this outbox was copied or restored, or a new one was created under the same till id. Find the other one and stop it; give each till an id, a device key and an outbox of its own.';
const ID_TWICE =
  'Compare it with what the shop booked under that id, and record it again under a new id if both were sold.';

/** What each means, and what to do, in one log line. */
export const CONFLICT_MEANS: Readonly<Record<ConflictName, string>> = {
  sequenceConflict: `the shop received this sequence number before, with another sale: ${COPIED}`,
  saleIdConflict: `the shop received this id before, with another sale, and did not book this one. ${ID_TWICE}`,
};

const HINTS: Readonly<Record<ConflictName, string>> = {
  sequenceConflict: `Probably ${COPIED}`,
  saleIdConflict: `${ID_TWICE} An id must never come again: see where the till takes its ids from, and whether two outboxes share a till id.`,
};

export function toldConflicts(all: Conflicts): Record<ConflictName, ToldConflict | undefined> {
  const told = (name: ConflictName) => all[name] && { ...all[name], hint: HINTS[name] };
  return { sequenceConflict: told('sequenceConflict'), saleIdConflict: told('saleIdConflict') };
}
