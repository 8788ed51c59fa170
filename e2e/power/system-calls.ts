/** One system call of a program that was recorded by strace. */
export interface SystemCall {
  process: number;
  name: string;
  /** As strace prints them, strings and paths as bytes in hexadecimal. */
  args: string;
  /** What it returned; below 0: it failed. */
  result: number;
}

/** A call that had begun may have reached the disk in part; it holds only when it has returned. */
export type Step = { at: 'start' | 'end'; call: SystemCall };

/** What changes a file, a folder or what of them is on disk; and `mmap`, to see that nothing is written that way. */
const CALLS = [
  ...['open', 'openat', 'creat', 'mkdir', 'mkdirat', 'rename', 'renameat', 'renameat2', 'link', 'linkat'],
  ...['unlink', 'unlinkat', 'write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'truncate', 'ftruncate'],
  ...['fallocate', 'copy_file_range', 'sendfile', 'fsync', 'fdatasync', 'sync_file_range', 'mmap'],
];

/** The largest write of a till is its reserve. */
const LONGEST = 5_000_000;

export const straceArguments = (log: string): string[] => [
  ...['-f', '--seccomp-bpf', '-y', '-xx', '-s', String(LONGEST), '-e', `trace=${CALLS.join(',')}`, '-o', log],
];

const LINE = /^(\d+) +(?:<\.\.\. \w+ resumed>|(\w+)\()(.*)$/s;
const UNFINISHED = / ?<unfinished \.\.\.>$/;
const ENDED = /^(.*)\) += (-?\d+|\?)[^=]*$/s;

/** The calls that have to do with one folder, in the order in which they began and ended. */
export function readSteps(log: string, folder: string): Step[] {
  const steps: Step[] = [];
  const begun = new Map<string, SystemCall>();
  const marker = inHex(folder);
  for (const line of log.split('\n')) {
    const [, process = '', name, rest = ''] = LINE.exec(line) ?? [];
    const known = begun.get(process);
    if (name === undefined && known) {
      begun.delete(process);
      finish(known, rest);
      steps.push({ at: 'end', call: known });
    } else if (name !== undefined && rest.includes(marker)) {
      const call = { process: Number(process), name, args: rest, result: Number.MAX_SAFE_INTEGER };
      steps.push({ at: 'start', call });
      if (UNFINISHED.test(rest)) {
        call.args = rest.replace(UNFINISHED, '');
        begun.set(process, call);
      } else {
        call.args = '';
        finish(call, rest);
        steps.push({ at: 'end', call });
      }
    }
  }
  return steps;
}

/** A call that a kill cut off has no result: whatever it did may be there. */
function finish(call: SystemCall, rest: string): void {
  const [, args = rest, result = '?'] = ENDED.exec(rest) ?? [];
  call.args += args;
  call.result = result === '?' ? Number.MAX_SAFE_INTEGER : Number(result);
}

const HEX = /((?:\\x[0-9a-f]{2})*)/.source;

/** The strings between quotation marks, in their order. */
export function stringsOf({ args }: SystemCall): Buffer[] {
  return [...args.matchAll(new RegExp(`"${HEX}"`, 'g'))].map(([, hex = '']) => fromHex(hex));
}

/** The path of the file that the first descriptor leads to; one that has lost its name has none. */
export function pathOfDescriptor({ args }: SystemCall): string | undefined {
  const [, hex, deleted] = new RegExp(`^\\d+<${HEX}>(\\(deleted\\))?`).exec(args) ?? [];
  return hex === undefined || deleted ? undefined : fromHex(hex).toString();
}

/** Of all descriptors, in their order. */
export const pathsOfDescriptors = ({ args }: SystemCall): string[] =>
  [...args.matchAll(new RegExp(`\\d+<${HEX}>`, 'g'))].map(([, hex = '']) => fromHex(hex).toString());

/** What comes after the last string or descriptor: numbers and names of flags. */
export const plainArguments = ({ args }: SystemCall): string[] =>
  args
    .replace(new RegExp(`"${HEX}"|<${HEX}>`, 'g'), '')
    .split(',')
    .map((part) => part.trim());

const inHex = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

const fromHex = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');
