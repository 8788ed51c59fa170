import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  pathOfDescriptor,
  pathsOfDescriptors,
  plainArguments,
  type Step,
  type SystemCall,
  stringsOf,
} from './system-calls.ts';
import { type Keep, TrackedFile } from './tracked-file.ts';

/** A change of the folder's entries that is not synced. */
interface NameChange {
  place: number;
  names: readonly string[];
  apply(entries: Map<string, TrackedFile>): void;
  ended: boolean;
}

const nothing = () => undefined;

/**
 * A folder of files on a disk whose power may be cut. Entries, sizes and contents reach it in any order between two syncs; what
 * is one entry's keeps its order, and a rename happens as a whole or not.
 */
export class Disk {
  readonly #folder: string;
  readonly #ends = new Map<SystemCall, () => void>();
  #entries = new Map<string, TrackedFile>();
  #durable: Map<string, TrackedFile>;
  #pending: NameChange[] = [];

  /** Takes what is in the folder as synced. */
  constructor(folder: string) {
    this.#folder = folder;
    for (const name of readdirSync(folder)) {
      this.#entries.set(name, new TrackedFile(readFileSync(join(folder, name))));
    }
    this.#durable = new Map(this.#entries);
  }

  /** @param place of the step in the recording */
  step({ at, call }: Step, place: number, { syncsNames = true } = {}): void {
    if (!syncsNames && this.#isFolder(call)) return;
    if (at === 'start') {
      if (call.result >= 0) this.#ends.set(call, this.#begin(call, place));
      return;
    }
    this.#ends.get(call)?.();
    this.#ends.delete(call);
  }

  /** The places of all that is not synced. */
  get unsynced(): number[] {
    const files = new Set([...this.#durable.values(), ...this.#entries.values()]);
    const places = [...files].flatMap(({ unsynced }) => unsynced);
    return [...this.#pending.map(({ place }) => place), ...places].sort((a, b) => a - b);
  }

  /** One of the folders that a power cut may leave at this point. */
  afterCut(keep: Keep, filler: number): Map<string, Buffer> {
    const entries = new Map(this.#durable);
    const stale = new Set<string>();
    for (const change of this.#pending) {
      if (!change.names.some((name) => stale.has(name)) && keep([change.place]) === 1) change.apply(entries);
      else for (const name of change.names) stale.add(name);
    }
    return new Map([...entries].map(([name, file]) => [name, file.afterCut(keep, filler)]));
  }

  #begin(call: SystemCall, place: number): () => void {
    switch (call.name) {
      case 'openat':
        return this.#open(call, place);
      case 'unlink':
        return this.#unlink(call, place);
      case 'rename':
        return this.#rename(call, place, true);
      case 'link':
        return this.#rename(call, place, false);
      case 'copy_file_range':
        return this.#copy(call, place);
      case 'mmap':
        return this.#map(call);
      case 'fsync':
      case 'fdatasync':
        return this.#sync(call);
      case 'write':
      case 'pwrite64':
      case 'ftruncate':
      case 'fallocate':
        return this.#change(call, place);
      default:
        throw new Error(`This program does not know what ${call.name} leaves of a file: ${call.args}`);
    }
  }

  #change(call: SystemCall, place: number): () => void {
    const file = this.#fileOf(call);
    if (file === undefined) return nothing;
    const numbers = plainArguments(call);
    if (call.name === 'ftruncate') return file.resize(place, Number(numbers[1]));
    if (call.name === 'fallocate') {
      if (numbers[1] !== '0') throw new Error(`fallocate with a mode: ${call.args}`);
      return file.resize(place, Math.max(file.size, Number(numbers[2]) + Number(numbers[3])));
    }
    const [written = Buffer.alloc(0)] = stringsOf(call);
    const bytes = written.subarray(0, call.result);
    if (bytes.length < Math.min(call.result, Number(numbers[2]))) throw new Error('strace cut a write off');
    const at = call.name === 'pwrite64' ? Number(numbers[3]) : file.position;
    if (call.name === 'write') file.position = at + bytes.length;
    return file.write(place, at, bytes);
  }

  #copy(call: SystemCall, place: number): () => void {
    const [from, to] = pathsOfDescriptors(call).map((path) => this.#entries.get(this.#nameIn(path) ?? ''));
    if (from === undefined || to === undefined)
      throw new Error('A file was copied into the folder from elsewhere');
    const [, offset = String(from.position)] = /\[(\d+)\]/.exec(call.args) ?? [];
    const start = Number(offset);
    const at = to.position;
    to.position += call.result;
    return to.write(place, at, from.content.subarray(start, start + call.result));
  }

  #open(call: SystemCall, place: number): () => void {
    const name = this.#nameIn(stringsOf(call)[0]);
    const flags = plainArguments(call)[2] ?? '';
    if (name === undefined) return nothing;
    const known = this.#entries.get(name);
    if (known) {
      known.syncsEachWrite = flags.includes('O_SYNC');
      known.position = flags.includes('O_APPEND') ? known.size : 0;
      return flags.includes('O_TRUNC') ? known.resize(place, 0) : nothing;
    }
    if (!flags.includes('O_CREAT')) return nothing;
    const file = new TrackedFile();
    file.syncsEachWrite = flags.includes('O_SYNC');
    return this.#rearrange(place, [name], (entries) => entries.set(name, file));
  }

  #unlink(call: SystemCall, place: number): () => void {
    const name = this.#nameIn(stringsOf(call)[0]);
    if (name === undefined) return nothing;
    return this.#rearrange(place, [name], (entries) => entries.delete(name));
  }

  #rename(call: SystemCall, place: number, removes: boolean): () => void {
    const [from, to] = stringsOf(call).map((path) => this.#nameIn(path));
    const file = from === undefined ? undefined : this.#entries.get(from);
    if (from === undefined || to === undefined || file === undefined) {
      throw new Error(`A file came into the folder from elsewhere: ${call.name}`);
    }
    return this.#rearrange(place, [from, to], (entries) => {
      if (removes) entries.delete(from);
      entries.set(to, file);
    });
  }

  #rearrange(place: number, names: string[], apply: NameChange['apply']): () => void {
    const change: NameChange = { place, names, apply, ended: false };
    this.#pending.push(change);
    change.apply(this.#entries);
    return () => {
      change.ended = true;
    };
  }

  /** SQLite maps only its index beside the log, which it makes anew after a power cut. */
  #map(call: SystemCall): () => void {
    const path = /(?:,[^,]*){3},(.*)$/.exec(call.args)?.[1]?.trim() ?? '';
    const shared = call.args.includes('MAP_SHARED') && call.args.includes('PROT_WRITE');
    const name = this.#nameIn(pathOfDescriptor({ ...call, args: path }));
    if (shared && name?.endsWith('-shm') === false) throw new Error(`${name} is written through memory`);
    return nothing;
  }

  #isFolder(call: SystemCall): boolean {
    return pathOfDescriptor(call) === this.#folder;
  }

  #sync(call: SystemCall): () => void {
    if (!this.#isFolder(call)) return this.#fileOf(call)?.sync() ?? nothing;
    const covered = new Set(this.#pending.filter(({ ended }) => ended));
    return () => {
      for (const { apply } of covered) apply(this.#durable);
      this.#pending = this.#pending.filter((change) => !covered.has(change));
    };
  }

  #fileOf(call: SystemCall): TrackedFile | undefined {
    const name = this.#nameIn(pathOfDescriptor(call));
    return name === undefined ? undefined : this.#entries.get(name);
  }

  #nameIn(path: string | Buffer | undefined): string | undefined {
    const whole = path?.toString() ?? '';
    return dirname(whole) === this.#folder ? whole.slice(this.#folder.length + 1) : undefined;
  }
}
