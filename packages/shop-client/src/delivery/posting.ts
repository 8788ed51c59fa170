import { judge, type Outcome, type PostResult } from '../core/outcome.ts';
import { scheduleAfter } from '../core/road.ts';
import type { Change, Entry } from '../entry.ts';
import type { Lease } from '../outbox.ts';
import type { Clock, Transport } from '../ports.ts';
import type { SealedMessage } from '../sealed.ts';
import type { Flush } from './flush.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Lane } from './lane.ts';
import { postOnce } from './post-once.ts';
import { type Post, type SettlementListener, settlementOf, settlementOfAltered } from './settlement.ts';

export interface PostingSettings {
  commits: GroupCommit;
  transport: Transport;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  url: string;
  concurrency: number;
  /** An answer is there, or none came. */
  answered(result: PostResult, outcome: Outcome): void;
}

export interface PostingListener extends SettlementListener {
  posted(post: Post): void;
}

interface Around {
  flushes: ReadonlySet<Flush>;
  listener: PostingListener;
  /** Under which posts begin. */
  lease(): Lease | undefined;
  /** Cuts off what is under way. */
  signal: AbortSignal;
  /** An outcome is on disk, and told. */
  settled(): void;
  /** There is room for more. */
  wake(): void;
}

/** While outcomes cannot be written, no more sales are let go than this many times those that are posted at once. */
const UNSETTLED = 2;

/** Which sales are posted now, and what becomes of each. */
export class Posting {
  readonly #settings: PostingSettings;
  readonly #around: Around;
  #underWay = 0;

  constructor(settings: PostingSettings, around: Around) {
    this.#settings = settings;
    this.#around = around;
  }

  /** Posts whose answer is not there yet. */
  get underWay(): number {
    return this.#underWay;
  }

  begin(lanes: readonly Lane[], now: number): void {
    for (const lane of lanes) if (lane.closed) this.#probe(lane, now);
    this.#fill(lanes, now);
  }

  /** One sale at a time tries a closed road; a flush tries it once, whatever was scheduled. */
  #probe(lane: Lane, now: number): void {
    const mayTry =
      lane.closedForMs(now) === 0 ||
      [...this.#around.flushes].some((flush) => flush.mayTryClosed(lane.protocol));
    const entry = mayTry ? lane.probe(now) : undefined;
    if (entry) this.#begin(lane, entry, true);
  }

  /** Oldest first, by whichever road. */
  #fill(lanes: readonly Lane[], now: number): void {
    let open = lanes.filter(({ closed }) => !closed);
    const { concurrency } = this.#settings;
    const unsettled = lanes.reduce((sum, { inFlight }) => sum + inFlight.size, 0);
    const room = Math.min(concurrency - this.#underWay, UNSETTLED * concurrency - unsettled);
    for (let free = room; free > 0; free--) {
      open = open.filter((lane) => lane.nextSeq(now) !== undefined);
      const lane = oldest(open, now);
      const entry = lane?.take();
      if (lane === undefined || entry === undefined) return;
      this.#begin(lane, entry, false);
    }
  }

  /** The very bytes that would be posted are compared with what was recorded. */
  #begin(lane: Lane, entry: Entry, probe: boolean): void {
    if (lane.isAltered(entry)) this.#setApart(lane, entry);
    else void this.#post(lane, entry, probe);
  }

  /** Nothing is posted, so that nothing is learned of the road. */
  #setApart(lane: Lane, entry: Entry): void {
    const { clock, commits } = this.#settings;
    const { seq } = entry;
    const lease = this.#around.lease();
    const { change, tell } = settlementOfAltered(entry, clock());
    lane.inFlight.add(seq);
    commits.settle(fenced([change], lease?.fence), () => {
      lane.inFlight.delete(seq);
      lane.lookAgain();
      if (lease?.fenced) return;
      for (const flush of this.#around.flushes) flush.settled(seq);
      tell(this.#around.listener);
      this.#around.wake();
    });
  }

  async #post(lane: Lane, entry: Entry, probe: boolean): Promise<void> {
    lane.inFlight.add(entry.seq);
    const message = entry.messages[entry.receipts.length] as SealedMessage;
    const lease = this.#around.lease();
    const startedAt = performance.now();
    this.#underWay += 1;
    const result = await postOnce(message, { ...this.#settings, signal: this.#around.signal });
    this.#underWay -= 1;
    const durationMs = performance.now() - startedAt;
    const { url } = this.#settings;
    const size = Buffer.byteLength(message.body);
    const outcome = judge(result, { url, protocol: message.protocol, size });
    this.#settings.answered(result, outcome);
    this.#settle(lane, lease, { entry, message, outcome, result, startedAt, durationMs }, probe);
    this.#around.wake();
  }

  #settle(lane: Lane, lease: Lease | undefined, post: Post, probe: boolean): void {
    const { clock, random, commits } = this.#settings;
    const { protocol } = lane;
    const { outcome, result, startedAt } = post;
    const { seq } = post.entry;
    const now = clock();
    const road = lane.note(outcome, { now, random: random(), probe });
    const { change, tell } = settlementOf(post, now, (refusal) =>
      scheduleAfter(this.#timesFailed(post.entry), refusal, now, random()),
    );
    const tried = {
      protocol,
      seq,
      status: outcome.status,
      startedAt,
      probe,
      answered: result.kind === 'answer',
      delayMs: change.type === 'postponed' ? change.schedule.delayMs : 0,
    };
    const fence = lease?.fence;
    commits.settle(fenced([change, ...road], fence), () => {
      lane.inFlight.delete(seq);
      if (change.type !== 'accepted' || road.length > 0 || post.entry.messages.length > 1) lane.lookAgain();
      if (lease?.fenced && change.type !== 'accepted') return;
      for (const flush of this.#around.flushes) flush.note(tried);
      this.#around.listener.posted(post);
      tell(this.#around.listener);
      this.#around.settled();
      this.#around.wake();
    });
  }

  /** In a flush only its own failures count: it is there to try now. */
  #timesFailed({ seq, attempts }: Entry): number {
    const [flush] = this.#around.flushes;
    return 1 + (flush?.timesFailed(seq) ?? attempts);
  }
}

function fenced(changes: readonly Change[], fence: number | undefined): Change[] {
  return changes.map((change) => ({ ...change, ...(fence !== undefined && { fence }) }));
}

function oldest(lanes: readonly Lane[], now: number): Lane | undefined {
  const [first, second] = lanes;
  if (first === undefined || second === undefined) return first;
  return (second.nextSeq(now) as number) < (first.nextSeq(now) as number) ? second : first;
}
