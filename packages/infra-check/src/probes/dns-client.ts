import { endpointText } from '../core/address.ts';
import type { DnsAnswer, DnsOutcome } from '../core/dns-observations.ts';
import { normalName } from '../core/names.ts';
import {
  type Exchange,
  exchangeTcp,
  exchangeUdp,
  isFailure,
  type NameServer,
  patience,
  type Running,
} from './dns-exchange.ts';
import { noAnswer, outcomeOf, type Question } from './dns-message.ts';
import { type Limits, since } from './limits.ts';

/** Asks one server by UDP, again while it is silent, and by TCP where the answer was cut. Never rejects. */
export const ask = (server: NameServer, question: Question, limits: Limits): Promise<DnsAnswer> =>
  start(server, question, limits).answer;

interface Asking {
  answer: Promise<DnsAnswer>;
  stop(): void;
}

function start(server: NameServer, question: Question, limits: Limits): Asking {
  const begin = performance.now();
  let running: Running = exchangeUdp(server, question, limits);
  const answer = running.reply.then(async (reply) => {
    if (isFailure(reply) || !reply.truncated) return answerOf(server, question, reply, 'udp', begin);
    running = exchangeTcp(server, question, limits);
    return answerOf(server, question, await running.reply, 'tcp', begin);
  });
  return { answer, stop: () => running.stop() };
}

function answerOf(
  server: NameServer,
  question: Question,
  reply: Exchange,
  via: DnsAnswer['via'],
  begin: number,
): DnsAnswer {
  const name = endpointText(server.address, server.port);
  if (isFailure(reply))
    return { ...noAnswer(name, question, reply.outcome, reply.detail, since(begin)), via };
  return {
    server: name,
    name: normalName(question.name),
    type: question.type,
    outcome: outcomeOf(reply, question),
    rcode: reply.rcode,
    authoritative: reply.authoritative,
    authentic: reply.authentic,
    recursion: reply.recursion,
    via,
    answers: reply.answers,
    authorities: reply.authorities,
    passed_over: [],
    duration_ms: since(begin),
    detail: null,
  };
}

/** What leaves the question to the next server, the most telling first. */
const FAILURES: readonly DnsOutcome[] = [
  'servfail',
  'refused',
  'lame',
  'other_rcode',
  'malformed',
  'unreachable',
  'timeout',
  'cut_off',
];

/**
 * Asks servers in their order as the system's own resolver does: the next one where one fails, and as well where it is
 * silent, though not as late as that. The first that can answer decides; where none can, the one that tells most.
 */
export function askInOrder(
  servers: readonly [NameServer, ...NameServer[]],
  question: Question,
  limits: Limits,
): Promise<DnsAnswer> {
  const { promise, resolve } = Promise.withResolvers<DnsAnswer>();
  const begun: { server: NameServer; asking: Asking; failed?: DnsAnswer }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const finish = (answer: DnsAnswer) => {
    isOver = true;
    clearTimeout(timer);
    const passed = begun.filter(({ failed }) => failed !== answer);
    for (const { asking } of passed) asking.stop();
    const passed_over = passed
      .map(({ server, failed }) => ({
        server: endpointText(server.address, server.port),
        outcome: failed?.outcome ?? ('timeout' as const),
      }))
      .filter(({ server }) => server !== answer.server);
    resolve({ ...answer, passed_over });
  };
  const next = () => {
    clearTimeout(timer);
    const server = servers[begun.length];
    if (server === undefined || isOver) return;
    const one: (typeof begun)[number] = { server, asking: start(server, question, limits) };
    begun.push(one);
    if (begun.length < servers.length) timer = setTimeout(next, patience(limits));
    one.asking.answer.then((answer) => {
      if (isOver) return;
      if (!FAILURES.includes(answer.outcome)) return finish(answer);
      one.failed = answer;
      if (begun.length === servers.length && begun.every(({ failed }) => failed))
        finish(mostTelling(begun.flatMap(({ failed }) => failed ?? [])) ?? answer);
      else next();
    });
  };
  next();
  return promise;
}

const mostTelling = (answers: readonly DnsAnswer[]): DnsAnswer | undefined =>
  FAILURES.flatMap((outcome) => answers.find((answer) => answer.outcome === outcome) ?? [])[0];
