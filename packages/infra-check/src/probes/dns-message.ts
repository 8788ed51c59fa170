import { randomInt } from 'node:crypto';
import { addressesIn } from '../core/dns-facts.ts';
import type { DnsAnswer, DnsOutcome, DnsRecord, DnsType } from '../core/dns-observations.ts';
import { normalName } from '../core/names.ts';
import { TYPES, WireReader } from './dns-wire.ts';

export interface Question {
  name: string;
  type: DnsType;
  /** Asks a resolver to do the whole work (RD); without, only what the server itself holds. */
  recursive: boolean;
  /** Asks a resolver to leave signatures unchecked (CD). */
  unchecked?: boolean;
}

/** Records count without it as well, as they do for the system's own resolver. */
const IS_RESPONSE = 1 << 15;
const RECURSION_DESIRED = 1 << 8;
const AUTHENTIC = 1 << 5;
const CHECKING_DISABLED = 1 << 4;
const INTERNET = 1;

/**
 * A query with a random id, without EDNS as the system's own resolver sends it: so nothing on the way that drops or
 * refuses EDNS keeps an answer from us that tills get, and none is too large for them alone.
 */
export function encodeQuery(question: Question): { id: number; bytes: Buffer } {
  const id = randomInt(0x10000);
  const flags =
    (question.recursive ? RECURSION_DESIRED | AUTHENTIC : 0) | (question.unchecked ? CHECKING_DISABLED : 0);
  const labels = question.name.split('.').filter(Boolean);
  const bytes = Buffer.alloc(12 + labels.reduce((sum, label) => sum + label.length + 1, 0) + 5);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt16BE(flags, 2);
  bytes.writeUInt16BE(1, 4);
  let at = 12;
  for (const label of labels) {
    bytes.writeUInt8(label.length, at);
    at += 1 + bytes.write(label, at + 1, 'latin1');
  }
  bytes.writeUInt16BE(TYPES[question.type], at + 1);
  bytes.writeUInt16BE(INTERNET, at + 3);
  return { id, bytes };
}

/** An answer to our question. */
export interface Message {
  rcode: string;
  authoritative: boolean;
  truncated: boolean;
  authentic: boolean;
  /** The server offers to ask others in our place (RA). */
  recursion: boolean;
  answers: DnsRecord[];
  authorities: DnsRecord[];
  /** The server knows nothing and asks nobody: the system's own resolver takes that for no answer. */
  isReferral: boolean;
}

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/**
 * The answer to that very query, by id and question; undefined where the bytes answer something else.
 * @throws {RangeError} where they are no DNS message
 */
export function decodeAnswer(bytes: Buffer, id: number, question: Question): Message | undefined {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== id) return;
  const [flags, asked, answered, authorities, additionals] = [2, 4, 6, 8, 10].map((at) =>
    bytes.readUInt16BE(at),
  ) as [number, number, number, number, number];
  const rcode = flags & 15;
  const reader = new WireReader(bytes);
  const isEcho = flags < IS_RESPONSE && answered === 0;
  const isBareError = asked === 0 && rcode !== 0;
  if (isEcho || (!isBareError && !isOurs(reader, asked, question))) return;
  const answers = recordsOf(reader, answered).filter(({ type }) => rcode === 0 || !isAddress(type));
  const rest = restOf(reader, authorities, additionals);
  const code = rest.extendedCode * 16 + rcode;
  return {
    rcode: RCODES[code] ?? `RCODE${code}`,
    authoritative: (flags & 0x400) !== 0,
    truncated: (flags & 0x200) !== 0,
    recursion: (flags & 0x80) !== 0,
    authentic: (flags & AUTHENTIC) !== 0,
    answers,
    authorities: rest.authorities,
    isReferral: code === 0 && answered === 0 && additionals === 0 && (flags & 0x480) === 0,
  };
}

function isOurs(reader: WireReader, asked: number, { name, type }: Question): boolean {
  const first = reader.question();
  return (
    asked === 1 && first.name === normalName(name) && first.type === TYPES[type] && first.class === INTERNET
  );
}

/** Beside an error nobody takes an address. */
const isAddress = (type: string): boolean => type === 'A' || type === 'AAAA';

/** More than any answer about a shop holds. All are read, for a broken one makes the message one that nobody takes. */
const MOST_RECORDS = 64;

function recordsOf(reader: WireReader, count: number): DnsRecord[] {
  const records: DnsRecord[] = [];
  for (let i = 0; i < count; i += 1) {
    const record = reader.record();
    if (record && records.length < MOST_RECORDS) records.push(record);
  }
  return records;
}

const OPT = 41;

/** What stands behind the answers, as far as it can be read: no till reads it. */
function restOf(
  reader: WireReader,
  authorities: number,
  additionals: number,
): { authorities: DnsRecord[]; extendedCode: number } {
  const read = { authorities: [] as DnsRecord[], extendedCode: 0 };
  try {
    read.authorities = recordsOf(reader, authorities);
    for (let i = 0; i < additionals; i += 1) {
      const { type, extendedCode } = reader.option();
      if (type === OPT) read.extendedCode = extendedCode;
    }
  } catch {
    return read;
  }
  return read;
}

const OUTCOMES: Readonly<Record<string, DnsOutcome>> = {
  NXDOMAIN: 'nxdomain',
  SERVFAIL: 'servfail',
  REFUSED: 'refused',
};

/** How a whole answer is to be called. */
export function outcomeOf(message: Message, { name, type, recursive }: Question): DnsOutcome {
  const { rcode, answers } = message;
  const isFinal = rcode === 'NOERROR' || rcode === 'NXDOMAIN';
  if (recursive ? message.isReferral : !message.authoritative && isFinal) return 'lame';
  if (rcode !== 'NOERROR') return OUTCOMES[rcode] ?? 'other_rcode';
  const has = (wanted: DnsType) => answers.some((answer) => answer.type === wanted);
  const isAnswered = isAddress(type)
    ? addressesIn({ name: normalName(name), type, answers }).length > 0
    : has(type);
  return isAnswered || (!recursive && has('CNAME')) ? 'answer' : 'nodata';
}

/** An answer that never came. */
export const noAnswer = (
  server: string,
  { name, type }: Question,
  outcome: DnsOutcome,
  detail: string | null,
  durationMs: number,
): DnsAnswer => ({
  server,
  name: normalName(name),
  type,
  outcome,
  rcode: null,
  authoritative: false,
  authentic: false,
  recursion: false,
  via: 'udp',
  answers: [],
  authorities: [],
  passed_over: [],
  duration_ms: durationMs,
  detail,
});
