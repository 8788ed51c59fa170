/** What a disk writes whole or not at all. */
const SECTOR = 512;

/** How many of some changes, the earliest of them, a power cut leaves. They are named by their place in the recording. */
export type Keep = (changes: readonly number[]) => number;

/** One change of a file that is not synced. */
interface Change {
  place: number;
  /** Where it begins to differ from before. */
  at: number;
  /** `undefined`: cut off or lengthened to `size`. */
  bytes: Buffer | undefined;
  /** Of the file afterwards. */
  size: number;
  resized: boolean;
  ended: boolean;
}

/**
 * One file: what of it is surely on disk, and what was written since. A power cut leaves of each sector any of its versions
 * since the last sync, and of the file any of its sizes, whatever it leaves of other sectors.
 */
export class TrackedFile {
  #durable: Buffer;
  #pending: Change[] = [];
  /** Where write() goes on, for who opened it last. */
  position = 0;
  /** Whether who opened it last asked for that. */
  syncsEachWrite = false;

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#durable = content;
  }

  get size(): number {
    return this.#pending.at(-1)?.size ?? this.#durable.length;
  }

  /** As programs see it now. */
  get content(): Buffer {
    return apply(this.#durable, this.#pending, (changes) => changes.length);
  }

  get unsynced(): readonly number[] {
    return this.#pending.map(({ place }) => place);
  }

  /** @returns what to call when the call has ended */
  write(place: number, at: number, bytes: Buffer): () => void {
    const size = Math.max(this.size, at + bytes.length);
    return this.#add({ place, at, bytes, size, resized: size !== this.size, ended: false });
  }

  resize(place: number, size: number): () => void {
    const at = Math.min(size, this.size);
    return this.#add({ place, at, bytes: undefined, size, resized: size !== this.size, ended: false });
  }

  #add(change: Change): () => void {
    this.#pending.push(change);
    return () => {
      change.ended = true;
      if (this.syncsEachWrite) this.sync()();
    };
  }

  /** Begins to sync what had been written by now. @returns what to call when it is on disk */
  sync(): () => void {
    const open = this.#pending.findIndex(({ ended }) => !ended);
    const covered = new Set(open < 0 ? this.#pending : this.#pending.slice(0, open));
    return () => {
      const done = this.#pending.filter((change) => covered.has(change));
      this.#durable = apply(this.#durable, done, () => Number.MAX_SAFE_INTEGER);
      this.#pending = this.#pending.filter((change) => !covered.has(change));
    };
  }

  /** One of the contents that a power cut may leave. @param filler stands where a longer file was never written */
  afterCut(keep: Keep, filler: number): Buffer {
    return apply(this.#durable, this.#pending, keep, filler);
  }
}

function apply(durable: Buffer, changes: readonly Change[], keep: Keep, filler = 0): Buffer {
  if (changes.length === 0) return durable;
  const resizes = changes.filter(({ resized }) => resized);
  const kept = new Set(resizes.slice(0, keep(resizes.map(({ place }) => place))));
  const size = [...kept].at(-1)?.size ?? durable.length;
  const image = Buffer.alloc(Math.max(size, durable.length), filler);
  durable.copy(image);
  for (const [sector, writes] of versions(changes, kept, image)) {
    const from = sector * SECTOR;
    for (const { at, bytes } of writes.slice(0, keep(writes.map(({ place }) => place)))) {
      if (bytes === undefined) continue;
      const start = Math.max(from, at);
      const end = Math.min(from + SECTOR, at + bytes.length, image.length);
      if (start < end) bytes.copy(image, start, start - at, end - at);
    }
  }
  return image.subarray(0, size);
}

/**
 * What was written to each sector. Cutting a file off is a change of its metadata: where that is on disk, what was beyond is
 * gone; where it is not, the file has its old blocks, and what was written into new ones is not seen.
 */
function versions(
  changes: readonly Change[],
  kept: ReadonlySet<Change>,
  image: Buffer,
): ReadonlyMap<number, Change[]> {
  const sectors = new Map<number, Change[]>();
  let unseenFrom = Number.POSITIVE_INFINITY;
  for (const change of changes) {
    const { at, bytes, resized } = change;
    if (bytes === undefined) {
      if (!resized) continue;
      if (!kept.has(change)) unseenFrom = Math.min(unseenFrom, at);
      else if (at < unseenFrom) cutOff(at, sectors, image);
      continue;
    }
    for (let from = at; from < Math.min(at + bytes.length, unseenFrom); from = next(from)) {
      const sector = Math.floor(from / SECTOR);
      const writes = sectors.get(sector);
      if (writes) writes.push(change);
      else sectors.set(sector, [change]);
    }
  }
  return sectors;
}

const next = (from: number): number => (Math.floor(from / SECTOR) + 1) * SECTOR;

function cutOff(size: number, sectors: Map<number, Change[]>, image: Buffer): void {
  image.fill(0, Math.min(size, image.length));
  for (const sector of sectors.keys()) if (sector * SECTOR >= size) sectors.delete(sector);
}
