import type { Answer, Packet } from 'dns-packet';
import * as dnsPacket from 'dns-packet';

export type Rcode = keyof typeof RCODES;

/** RFC 1035, 4.1.1; BADVERS is RFC 6891, 6.1.3, of whose 8 upper bits OPT carries the rest. */
const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

/** As in a zone file (RFC 1035, 5.1): it must not look like the end of a label. */
const DOT_IN_LABEL = '\\046';

const HEADER_BYTES = 12;
/** Longer than any question with options: it is not read. */
const MAX_QUERY_BYTES = 4096;
const MAX_NAME_BYTES = 255;
const PLAIN_UDP_BYTES = 512;
/** What passes everywhere in one piece (DNS flag day 2020). */
const OUR_UDP_BYTES = 1232;

const FLAG = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursion: 0x0100,
  available: 0x0080,
};
const CHECKING_DISABLED = 0x0010;
const OPCODE = 0x7800;

export interface Query {
  readonly id: number;
  readonly flags: number;
  /** In lower case, without final dot; a dot inside a label is `\046`. */
  readonly name: string;
  /** The same as it was spelled, which the answer repeats. */
  readonly spelled: string;
  /** By name, or `UNKNOWN_<number>`. */
  readonly type: string;
  readonly classNumber: number;
  /** The question section as it came; `undefined` where none could be read. */
  readonly question: Buffer | undefined;
  /** What the client says of itself (EDNS, RFC 6891). */
  readonly edns:
    | { readonly version: number; readonly udpBytes: number; readonly dnssecOk: boolean }
    | undefined;
}

/** A query, or what is wrong with it; `undefined` for what must not be answered at all. */
export function readQuery(packet: Buffer): { query: Query; fault?: Rcode } | undefined {
  if (packet.length < HEADER_BYTES) return undefined;
  const flags = packet.readUInt16BE(2);
  // Answers to answers would go to and fro for ever.
  if ((flags & FLAG.response) !== 0) return undefined;
  const query: Query = { ...EMPTY, id: packet.readUInt16BE(0), flags };
  if ((flags & OPCODE) !== 0) return { query, fault: 'NOTIMP' };
  return readSections(packet, query) ?? { query, fault: 'FORMERR' };
}

const EMPTY = { name: '', spelled: '', type: '', classNumber: 0, question: undefined, edns: undefined };

function readSections(packet: Buffer, query: Query): { query: Query; fault?: Rcode } | undefined {
  const [questions = 0, answers = 0, authorities = 0, additionals = 0] = [4, 6, 8, 10].map((at) =>
    packet.readUInt16BE(at),
  );
  if (questions !== 1 || answers !== 0 || authorities > 1 || additionals > 2) return undefined;
  if (packet.length > MAX_QUERY_BYTES) return undefined;
  const labels = readLabels(packet);
  const decoded = decode(packet);
  if (labels === undefined || decoded === undefined) return undefined;
  const options = (decoded.additionals ?? []).filter((record) => record.type === 'OPT');
  if (options.length > 1) return undefined;
  const end = labels.end + 4;
  const [option] = options;
  const read: Query = {
    ...query,
    name: labels.name.toLowerCase(),
    spelled: labels.name,
    type: decoded.questions?.[0]?.type ?? '',
    classNumber: packet.readUInt16BE(end - 2),
    question: packet.subarray(HEADER_BYTES, end),
    edns: option && {
      version: option.ednsVersion,
      udpBytes: option.udpPayloadSize,
      dnssecOk: option.flag_do,
    },
  };
  return { query: read, ...((option?.ednsVersion ?? 0) > 0 && { fault: 'BADVERS' as const }) };
}

/** The name of the question, which nothing can point back from. */
function readLabels(packet: Buffer): { name: string; end: number } | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = packet[at];
    if (length === undefined || length > 63 || at - HEADER_BYTES >= MAX_NAME_BYTES) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(packet.toString('latin1', at, at + length).replaceAll('.', DOT_IN_LABEL));
    at += length;
  }
  return at + 4 <= packet.length ? { name: labels.join('.'), end: at } : undefined;
}

function decode(packet: Buffer): Packet | undefined {
  try {
    return dnsPacket.decode(packet);
  } catch {
    return undefined;
  }
}

export interface Response {
  readonly rcode: Rcode;
  readonly authoritative?: boolean;
  /** Says that the records are left out for want of room, whatever their size. */
  readonly truncated?: boolean;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
}

/** The packet of a response; over UDP truncated where it is longer than the client takes. */
export function writeResponse(query: Query, response: Response, transport: 'udp' | 'tcp'): Buffer {
  const whole = response.truncated ? withoutRecords(query, response) : encode(query, response);
  const limit = transport === 'tcp' ? 0xffff : udpLimit(query);
  return whole.length <= limit ? whole : withoutRecords(query, response);
}

const udpLimit = ({ edns }: Query): number =>
  Math.max(PLAIN_UDP_BYTES, Math.min(edns?.udpBytes ?? 0, OUR_UDP_BYTES));

const withoutRecords = (query: Query, { rcode, authoritative = false }: Response): Buffer =>
  encode(query, { rcode, authoritative, truncated: true });

/** The question goes back byte by byte: it may hold what the library would write otherwise. */
function encode(query: Query, response: Response): Buffer {
  const { rcode, answers = [], authorities = [], additionals = [] } = response;
  const packet = dnsPacket.encode({
    type: 'response',
    id: query.id,
    flags: flagsOf(query, response),
    questions: [],
    answers: asSpelled(answers, query),
    authorities: [...authorities],
    additionals: [...additionals, ...(query.edns ? [opt(RCODES[rcode], query.edns.dnssecOk)] : [])],
  });
  if (query.question === undefined) return packet;
  packet.writeUInt16BE(1, 4);
  return Buffer.concat([packet.subarray(0, HEADER_BYTES), query.question, packet.subarray(HEADER_BYTES)]);
}

function flagsOf({ flags }: Query, { rcode, authoritative, truncated }: Response): number {
  const wanted = (flags & FLAG.recursion) !== 0;
  return (
    (RCODES[rcode] & 0xf) |
    (flags & (OPCODE | FLAG.recursion | CHECKING_DISABLED)) |
    (wanted ? FLAG.available : 0) |
    (authoritative ? FLAG.authoritative : 0) |
    (truncated ? FLAG.truncated : 0)
  );
}

const asSpelled = (records: readonly Answer[], { name, spelled }: Query): Answer[] =>
  records.map((record) => (record.name === name ? { ...record, name: spelled } : record));

const opt = (rcode: number, dnssecOk: boolean): Answer => ({
  type: 'OPT',
  name: '.',
  udpPayloadSize: OUR_UDP_BYTES,
  extendedRcode: rcode >> 4,
  ednsVersion: 0,
  flags: dnssecOk ? 0x8000 : 0,
  flag_do: dnssecOk,
  options: [],
});
