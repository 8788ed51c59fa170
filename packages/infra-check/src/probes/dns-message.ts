import { randomInt } from 'node:crypto';
import packet, { type DecodedPacket } from 'dns-packet';
import { normalName, sameName } from '../core/names.ts';
import type { DnsAnswer, DnsOutcome, DnsRecord, DnsType } from '../core/observations.ts';
import { cut } from '../core/text.ts';

export interface Question {
  name: string;
  type: DnsType;
  /** Asks a resolver to do the whole work (RD); without, only what the server itself holds. */
  recursive: boolean;
  /** Asks a resolver to leave signatures unchecked (CD). */
  unchecked?: boolean;
}

/** RFC 6891: what surely passes without fragments (DNS flag day 2020). */
const UDP_BYTES = 1_232;

/** A query with a random id; `edns: false` for servers of before 1999. */
export function encodeQuery(question: Question, edns = true): { id: number; bytes: Buffer } {
  const id = randomInt(0x10000);
  const flags =
    (question.recursive ? packet.RECURSION_DESIRED | packet.AUTHENTIC_DATA : 0) |
    (question.unchecked ? packet.CHECKING_DISABLED : 0);
  const opt = {
    type: 'OPT' as const,
    name: '.',
    udpPayloadSize: UDP_BYTES,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  const bytes = packet.encode({
    type: 'query',
    id,
    flags,
    questions: [{ name: question.name, type: question.type as 'A' }],
    additionals: edns ? [opt] : [],
  });
  return { id, bytes };
}

export type Message = DecodedPacket & { rcode: string };

/**
 * The answer to that very query, by id and question; undefined where the bytes answer something else.
 * @throws where they are no DNS message
 */
export function decodeAnswer(bytes: Buffer, id: number, { name, type }: Question): Message | undefined {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== id) return;
  const message = packet.decode(bytes) as Message;
  const [asked, ...more] = message.questions ?? [];
  const isOurs = asked && more.length === 0 && asked.type === type && sameName(asked.name, name);
  const isBareError = message.rcode !== 'NOERROR' && asked === undefined;
  return message.flag_qr && (isOurs || isBareError) ? message : undefined;
}

const MOST_RECORDS = 64;

/** The records that matter, as text; signatures and the like are left out. */
export const recordsOf = (answers: DecodedPacket['answers']): DnsRecord[] =>
  (answers ?? []).slice(0, MOST_RECORDS).flatMap((answer) => {
    const data = dataOf(answer);
    if (data === undefined || answer.type === 'OPT') return [];
    return [
      { name: normalName(answer.name), type: answer.type, ttl: answer.ttl ?? null, data: cut(data, 300) },
    ];
  });

function dataOf(answer: NonNullable<DecodedPacket['answers']>[number]): string | undefined {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return answer.data;
    case 'CNAME':
    case 'NS':
      return normalName(answer.data);
    case 'SOA':
      return `${normalName(answer.data.mname)} ${normalName(answer.data.rname)} ${answer.data.serial ?? 0}`;
    case 'CAA':
      return `${answer.data.flags ?? 0} ${answer.data.tag} "${answer.data.value}"`;
    case 'DS':
      return `${answer.data.keyTag} ${answer.data.algorithm} ${answer.data.digestType}`;
    default:
      return;
  }
}

/** How a whole answer is to be called. */
export function outcomeOf(message: Message, { type, recursive }: Question): DnsOutcome {
  const rcodes: Record<string, DnsOutcome> = {
    NXDOMAIN: 'nxdomain',
    SERVFAIL: 'servfail',
    REFUSED: 'refused',
  };
  if (!recursive && !message.flag_aa && (message.rcode === 'NOERROR' || message.rcode === 'NXDOMAIN')) {
    return 'lame';
  }
  if (message.rcode !== 'NOERROR') return rcodes[message.rcode] ?? 'other_rcode';
  const has = (wanted: string) => (message.answers ?? []).some((answer) => answer.type === wanted);
  return has(type) || (!recursive && has('CNAME')) ? 'answer' : 'nodata';
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
  via: 'udp',
  answers: [],
  authorities: [],
  duration_ms: durationMs,
  detail,
});
