import dgram from 'node:dgram';
import net from 'node:net';
import packet, { type Answer, type Packet } from 'dns-packet';

export interface Reply {
  rcode?: 'NOERROR' | 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'NOTIMP' | 'REFUSED';
  answers?: Answer[];
  authorities?: Answer[];
  authoritative?: boolean;
  authentic?: boolean;
  truncated?: boolean;
  /** The server asks others itself; by default where it has no authority. */
  recursion?: boolean;
}

export interface Asked {
  name: string;
  type: string;
  unchecked: boolean;
  recursive: boolean;
  via: 'udp' | 'tcp';
}

/** Undefined: silence. A buffer: these very bytes. */
export type Zone = (asked: Asked, id: number) => Reply | Buffer | undefined;

const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };

export interface DnsServer extends AsyncDisposable {
  port: number;
  /** `127.0.0.1:PORT`. */
  at: string;
  asked: Asked[];
}

function answerTo(query: Buffer, zone: Zone, via: 'udp' | 'tcp', asked: Asked[]): Buffer | undefined {
  const { id = 0, questions = [], flag_cd: unchecked, flag_rd: recursive } = packet.decode(query);
  const [question] = questions;
  if (!question) return;
  const one = { name: question.name.toLowerCase(), type: question.type, unchecked, recursive, via };
  asked.push(one);
  const reply = zone(one, id);
  if (reply === undefined || Buffer.isBuffer(reply)) return reply;
  const {
    rcode = 'NOERROR',
    answers = [],
    authorities = [],
    authoritative = true,
    authentic,
    truncated,
    recursion = !authoritative,
  } = reply;
  const flags =
    RCODES[rcode] |
    (authoritative ? packet.AUTHORITATIVE_ANSWER : 0) |
    (recursion ? packet.RECURSION_AVAILABLE : 0) |
    (authentic ? packet.AUTHENTIC_DATA : 0) |
    (truncated && via === 'udp' ? packet.TRUNCATED_RESPONSE : 0);
  const message: Packet = { type: 'response', id, flags, questions: [question], answers, authorities };
  return packet.encode(truncated && via === 'udp' ? { ...message, answers: [], authorities: [] } : message);
}

/** A name server on loopback, UDP and TCP on one port. */
export async function startDns(zone: Zone, address = '127.0.0.1', wanted = 0): Promise<DnsServer> {
  const asked: Asked[] = [];
  const tcp = net.createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      const reply = answerTo(received.subarray(2), zone, 'tcp', asked);
      if (reply) socket.end(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]));
    });
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(wanted, address, resolve);
  });
  const { port } = tcp.address() as net.AddressInfo;
  const udp = dgram.createSocket('udp4');
  udp.on('message', (query, from) => {
    const reply = answerTo(query, zone, 'udp', asked);
    if (reply) udp.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(port, address, resolve);
  });
  return {
    port,
    at: `${address}:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

export const a = (name: string, data: string, ttl = 60): Answer => ({ type: 'A', name, ttl, data });
export const aaaa = (name: string, data: string): Answer => ({ type: 'AAAA', name, ttl: 60, data });
export const cname = (name: string, data: string): Answer => ({ type: 'CNAME', name, ttl: 60, data });
export const ns = (name: string, data: string): Answer => ({ type: 'NS', name, ttl: 60, data });
export const caa = (name: string, tag: 'issue' | 'issuewild', value: string): Answer => ({
  type: 'CAA',
  name,
  ttl: 60,
  data: { flags: 0, tag, value },
});
export const soa = (name: string, serial = 1): Answer => ({
  type: 'SOA',
  name,
  ttl: 60,
  data: {
    mname: `ns1.${name}`,
    rname: `hostmaster.${name}`,
    serial,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 60,
  },
});

/** A zone from its records: what is asked for, CNAME beside it, else NODATA or NXDOMAIN with the SOA. */
export const zoneOf =
  (apex: string, records: readonly Answer[], reply: Partial<Reply> = {}): Zone =>
  ({ name, type }) => {
    if (name !== apex && !name.endsWith(`.${apex}`)) return { rcode: 'REFUSED', authoritative: false };
    const own = records.filter((record) => record.name === name);
    const answers = own.filter((record) => record.type === type || record.type === 'CNAME');
    const authorities = answers.length > 0 ? [] : records.filter((record) => record.type === 'SOA');
    return { rcode: own.length > 0 ? 'NOERROR' : 'NXDOMAIN', answers, authorities, ...reply };
  };
