import { addressesIn, cnameChain } from './dns-facts.ts';
import type { DnsAnswer, DnsObservation } from './dns-observations.ts';
import { type Finding, finding } from './finding.ts';
import { isStageName } from './names.ts';
import { counted, listed } from './text.ts';

/** The first answer that shows how the name leads on, or that it does not. */
const wireAnswer = ({ resolvers }: DnsObservation): DnsAnswer | undefined => {
  const wire = resolvers.flatMap(({ a, aaaa }) => [a, aaaa]).filter(({ rcode }) => rcode !== null);
  return wire.find((answer) => cnameChain(answer).length > 0) ?? wire[0];
};

const LONG_CHAIN = 8;

/** Whether the CNAME records lead anywhere. */
export function judgeChain(seen: DnsObservation): Finding {
  const check = 'dns.chain';
  const answer = wireAnswer(seen);
  if (!answer) return finding(check, 'skipped', 'No resolver gave an answer in which a chain could be seen.');
  const chain = cnameChain(answer);
  const last = chain.at(-1);
  if (!last) {
    return answer.outcome === 'answer'
      ? finding(check, 'ok', 'The name leads to its addresses directly, without CNAME.')
      : finding(check, 'skipped', 'There is no address that a chain could lead to: see dns.resolve.');
  }
  const names = [answer.name, ...chain.map(({ data }) => data)];
  const observed = listed(names, 12).replaceAll(', ', ' -> ');
  if (new Set(names).size < names.length) {
    return finding(check, 'critical', 'The CNAME records lead in a circle.', {
      observed,
      fix: 'Take one of these CNAME records out.',
    });
  }
  if (answer.outcome === 'nxdomain') {
    return finding(check, 'critical', `The CNAME leads to ${last.data}, which does not exist (dangling).`, {
      observed,
    });
  }
  if (addressesIn(...seen.resolvers.flatMap(({ a, aaaa }) => [a, aaaa])).length === 0) {
    return finding(check, 'critical', `The CNAME leads to ${last.data}, which has no address.`, { observed });
  }
  const many = counted(chain.length, 'CNAME', 'CNAMEs');
  return finding(
    check,
    chain.length > LONG_CHAIN ? 'warning' : 'ok',
    `The name leads to its addresses over ${many}.`,
    { observed },
  );
}

/** Whether they lead to what changes with each deployment. */
export function judgeStageUrl(seen: DnsObservation, host: string): Finding {
  const check = 'dns.stage-url';
  const chain = seen.resolvers.flatMap(({ a, aaaa }) => [...cnameChain(a), ...cnameChain(aaaa)]);
  const stage = [host, ...chain.map(({ data }) => data)].find(isStageName);
  if (stage === host) {
    return finding(
      check,
      'warning',
      'The target itself is the generated URL of an API, which changes with a new deployment of the stack.',
      {
        observed: host,
        expected: 'a stable name of your own',
        fix: 'Give the API a custom domain name and let the tills use that.',
      },
    );
  }
  if (stage) {
    return finding(
      check,
      'critical',
      'DNS leads to the generated URL of an API: it neither has the certificate of the name nor knows its mapping.',
      { observed: stage, expected: 'd-<id>.execute-api.<region>.amazonaws.com' },
    );
  }
  return wireAnswer(seen)
    ? finding(check, 'ok', 'DNS does not lead to the generated URL of a stage.')
    : finding(check, 'skipped', 'No resolver gave an answer in which a chain could be seen.');
}
