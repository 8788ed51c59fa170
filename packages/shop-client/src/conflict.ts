/** The last sale of a kind of conflict, and how many there were. */
export interface Conflict {
  saleId: string;
  seq: number;
  /** When the shop said so last. */
  at: number;
  count: number;
}

/** What the shop said of sales that contradict what it had of this till before, under the names of the events. */
export interface Conflicts {
  /** It had the sale's number before, of another sale, and booked both: the outbox was copied, restored or begun anew. */
  sequenceConflict: Conflict | undefined;
  /** It had the sale's id before, of another sale: it kept this one apart and did not book it. */
  saleIdConflict: Conflict | undefined;
}

export type ConflictName = keyof Conflicts;
