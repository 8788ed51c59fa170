import dgram from 'node:dgram';
import net from 'node:net';
import { addressFamily, endpointText } from '../core/address.ts';
import { normalName } from '../core/names.ts';
import type { DnsAnswer, DnsOutcome } from '../core/observations.ts';
import {
  decodeAnswer,
  encodeQuery,
  type Message,
  noAnswer,
  outcomeOf,
  type Question,
  recordsOf,
} from './dns-message.ts';
import { type Limits, saying, since } from './limits.ts';

export interface NameServer {
  address: string;
  port: number;
}

/** What one exchange gave: a message, or how it failed. */
type Exchange = Message | { outcome: DnsOutcome; detail: string | null };

const TRIES = 2;

/** Asks one server by UDP, again once where it is silent, and by TCP where the answer was cut. Never rejects. */
export async function ask(server: NameServer, question: Question, limits: Limits): Promise<DnsAnswer> {
  const start = performance.now();
  const name = endpointText(server.address, server.port);
  let via: DnsAnswer['via'] = 'udp';
  let reply = await byUdp(server, question, limits);
  if (!isFailure(reply) && reply.rcode === 'FORMERR') reply = await byUdp(server, question, limits, false);
  if (!isFailure(reply) && reply.flag_tc) {
    via = 'tcp';
    reply = await exchangeTcp(server, question, limits);
  }
  if (isFailure(reply))
    return { ...noAnswer(name, question, reply.outcome, reply.detail, since(start)), via };
  return {
    server: name,
    name: normalName(question.name),
    type: question.type,
    outcome: outcomeOf(reply, question),
    rcode: reply.rcode,
    authoritative: reply.flag_aa,
    authentic: reply.flag_ad,
    via,
    answers: recordsOf(reply.answers),
    authorities: recordsOf(reply.authorities),
    duration_ms: since(start),
    detail: null,
  };
}

const isFailure = (reply: Exchange): reply is Exclude<Exchange, Message> => 'outcome' in reply;

async function byUdp(server: NameServer, question: Question, limits: Limits, edns = true): Promise<Exchange> {
  let reply: Exchange = { outcome: 'cut_off', detail: null };
  for (let tries = 0; tries < TRIES; tries += 1) {
    reply = await exchangeUdp(server, question, limits, edns);
    if (!isFailure(reply) || reply.outcome !== 'timeout') break;
  }
  return reply;
}

type Settle = (reply: Exchange) => void;

/** Runs one exchange until it settles, its time is up or the run ends. */
function bounded(limits: Limits, start: (settle: Settle) => () => void): Promise<Exchange> {
  return new Promise((resolve) => {
    let end = () => {};
    let settled = false;
    const settle: Settle = (reply) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', abort);
      end();
      resolve(reply);
    };
    const abort = () => settle({ outcome: 'cut_off', detail: null });
    const timer = setTimeout(() => settle({ outcome: 'timeout', detail: null }), limits.dnsTryMs);
    limits.signal.addEventListener('abort', abort);
    if (limits.signal.aborted) abort();
    else end = begun(start, settle);
  });
}

/** A socket may refuse at once: no more files may be opened, or the address has a zone that this host lacks. */
function begun(start: (settle: Settle) => () => void, settle: Settle): () => void {
  try {
    return start(settle);
  } catch (error) {
    settle({ outcome: 'unreachable', detail: saying(error as Error) });
    return () => undefined;
  }
}

/** A connected socket takes packets from that server alone, and learns when nobody listens there. */
const exchangeUdp = (
  { address, port }: NameServer,
  question: Question,
  limits: Limits,
  edns: boolean,
): Promise<Exchange> =>
  bounded(limits, (settle) => {
    const { id, bytes } = encodeQuery(question, edns);
    const socket = dgram.createSocket(addressFamily(address) === 6 ? 'udp6' : 'udp4');
    socket.on('error', (error) => settle({ outcome: 'unreachable', detail: saying(error) }));
    socket.on('message', (answer) => take(answer, id, question, settle));
    const fail = (error?: Error | null) => {
      if (error) settle({ outcome: 'unreachable', detail: saying(error) });
    };
    // Of a server without a route the callback gets the error, which no event tells then.
    socket.connect(port, address, (error?: Error) => {
      if (error) fail(error);
      else socket.send(bytes, fail);
    });
    return () => {
      socket.removeAllListeners().on('error', () => undefined);
      socket.close();
    };
  });

/** An answer to another question is left alone: it may be forged, and the right one may still come. */
function take(bytes: Buffer, id: number, question: Question, settle: Settle): void {
  try {
    const message = decodeAnswer(bytes, id, question);
    if (message) settle(message);
  } catch (error) {
    settle({ outcome: 'malformed', detail: (error as Error).message });
  }
}

/** RFC 7766: two bytes of length before each message, hence never more than 64 KiB. */
const exchangeTcp = ({ address, port }: NameServer, question: Question, limits: Limits): Promise<Exchange> =>
  bounded(limits, (settle) => {
    const { id, bytes } = encodeQuery(question);
    const socket = net.connect(port, address);
    let received = Buffer.alloc(0);
    socket.on('error', (error) => settle({ outcome: 'unreachable', detail: saying(error) }));
    socket.on('end', () => settle({ outcome: 'malformed', detail: 'the connection ended early' }));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      take(received.subarray(2, received.readUInt16BE(0) + 2), id, question, settle);
      settle({ outcome: 'malformed', detail: 'it answers another question' });
    });
    socket.write(Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]));
    return () => {
      socket.removeAllListeners().on('error', () => undefined);
      socket.destroy();
    };
  });
