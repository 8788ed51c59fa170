/** What a till said, or what its shop saw, in the order of the recording. */
export type Fact =
  /** record() had resolved. The digest is '' where the shop had accepted the messages meanwhile. */
  | { fact: 'recorded'; id: string; seq: number; digest: string }
  /** A message is at the shop; `taken` tells whether the shop keeps it, whatever the till is told. */
  | { fact: 'posted'; id: string; digest: string; taken: boolean }
  | { fact: 'accepted' | 'rejected' | 'retried' | 'closing' | 'resolved'; id: string }
  /** prune() was called, and from then on what the shop has may be gone. */
  | { fact: 'pruning' }
  /** Somebody removes the log; what is only in it can be lost until the till has noticed. */
  | { fact: 'losing the log' }
  /** backup() had resolved: a file of this name with so many sales. */
  | { fact: 'backup'; name: string; sales: number }
  | { fact: 'refused'; code: string }
  | { fact: 'closed' };

/** All that was said before a point of the recording. */
export class Facts {
  readonly recorded = new Map<string, { seq: number; digest: string }>();
  /** By the id of the message, which for a part of a sale is the sale's with its number. */
  readonly posted = new Map<string, string>();
  readonly taken = new Set<string>();
  readonly accepted = new Set<string>();
  readonly rejected = new Set<string>();
  readonly resolved = new Set<string>();
  prunes = false;
  /** Whether the log was removed, and no sale was acknowledged since. */
  logIsLost = false;
  /** How many sales are in each, by name. */
  readonly backups = new Map<string, number>();
  /** How often record() refused, by the error's code. */
  readonly refused: Record<string, number> = {};

  note(fact: Fact): void {
    switch (fact.fact) {
      case 'losing the log':
        this.logIsLost = true;
        break;
      case 'recorded':
        this.logIsLost = false;
        this.recorded.set(fact.id, fact);
        break;
      case 'posted':
        this.posted.set(fact.id, fact.digest);
        if (fact.taken) this.taken.add(fact.id);
        break;
      case 'backup':
        this.backups.set(fact.name, fact.sales);
        break;
      case 'pruning':
        this.prunes = true;
        break;
      case 'accepted':
      case 'rejected':
      case 'resolved':
        this[fact.fact].add(fact.id);
        break;
      case 'retried':
      case 'closing':
        this.rejected.delete(fact.id);
        break;
      case 'refused':
        this.refused[fact.code] = (this.refused[fact.code] ?? 0) + 1;
        break;
      case 'closed':
        break;
    }
  }
}

/** The sale that a message is, or is a part of. */
export const saleOf = (message: string): string => message.replace(/\.\d+$/, '');
