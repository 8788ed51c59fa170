import { provesMapping, type Verdict, verdictOf } from './answers.ts';
import type { CheckName } from './checks.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { answerText, type GatewayEvidence, NO_ANSWER } from './gateway-evidence.ts';
import { judgeAccess } from './judge-access.ts';
import { judgeAnswer } from './judge-answer.ts';
import { judgeApi } from './judge-api.ts';
import { judgeAuth } from './judge-auth.ts';
import { judgeBackend } from './judge-backend.ts';
import { judgeLatency, judgeOptions, judgeResource } from './judge-resource.ts';
import { isStageName } from './names.ts';
import type { GatewayObservation, HttpAnswer } from './observations.ts';
import { overAddresses } from './over-addresses.ts';

type Judge = (evidence: GatewayEvidence) => Finding;

const JUDGES = {
  'gateway.answer': judgeAnswer,
  'gateway.api': judgeApi,
  'gateway.mapping': judgeMapping,
  'gateway.auth': judgeAuth,
  'gateway.access': judgeAccess,
  'gateway.resource': judgeResource,
  'gateway.backend': judgeBackend,
  'gateway.options': judgeOptions,
  'gateway.latency': judgeLatency,
} satisfies Partial<Record<CheckName, Judge>>;

/** All findings about what answers behind the certificate, over all addresses that were asked. */
export function judgeGateways(
  all: readonly GatewayObservation[],
  host: string,
  plan: Plan,
  now: number,
): Finding[] {
  const [first, ...others] = all.map((seen) => evidenceOf(seen, { all, host, plan, at: now }));
  if (!first) return [];
  return Object.values(JUDGES).map((judge) => {
    const at = (one: GatewayEvidence) => ({ address: one.seen.address, finding: judge(one) });
    return overAddresses([at(first), ...others.map(at)]);
  });
}

function evidenceOf(
  seen: GatewayObservation,
  known: Pick<GatewayEvidence, 'all' | 'host' | 'plan' | 'at'>,
): GatewayEvidence {
  const of = (answer: HttpAnswer | null) => provenBy(answer, known.host);
  const { get, elsewhere, options } = seen;
  const post = answeredPost(seen);
  const verdicts = { get: of(get), elsewhere: of(elsewhere), options: of(options), post: of(post) };
  return { ...known, seen: { ...seen, post }, posts: postsOf(seen), ...verdicts };
}

/** Where the answer to the first POST was lost, that to a later one tells what a till would meet then. */
const answeredPost = (seen: GatewayObservation): HttpAnswer | null =>
  postsOf(seen).find(({ outcome }) => outcome === 'answer') ?? seen.post;

const postsOf = ({ post, repeats }: GatewayObservation): HttpAnswer[] => (post ? [post, ...repeats] : []);

/** Half an answer proves nothing, but for the page of a portal, which says what it is at its beginning. */
function provenBy(answer: HttpAnswer | null, host: string): Verdict | undefined {
  if (answer?.status == null) return;
  const verdict = verdictOf(answer, host);
  const isWhole = answer.outcome === 'answer' || answer.outcome === 'endless';
  return isWhole || verdict === 'portal' ? verdict : undefined;
}

function judgeMapping({ seen, host, plan, get, elsewhere, post }: GatewayEvidence): Finding {
  const check = 'gateway.mapping';
  if (!get && !post) return finding(check, 'skipped', NO_ANSWER);
  const proof = [get, elsewhere, post].find((verdict) => verdict && provesMapping(verdict));
  const observed = [seen.get, seen.elsewhere, seen.post]
    .filter((one) => one !== null)
    .map(answerText)
    .join('; ');
  if (proof) return finding(check, 'ok', 'The name is mapped: an API behind it answers.', { observed });
  if (get !== 'forbidden')
    return finding(check, 'skipped', 'The answer does not come from an API: see gateway.api.', { observed });
  const expected = 'an answer of an API, such as Missing Authentication Token';
  if (isStageName(host)) {
    return finding(
      check,
      'critical',
      'Everything at the generated address is forbidden: the default endpoint is disabled, or WAF or a policy refuses.',
      { observed, expected, fix: 'Use the custom domain name, or enable the default endpoint of the API.' },
    );
  }
  if (plan.auth.certificate && seen.presented.includes('client-certificate')) {
    const summary =
      'Everything under this name is forbidden, as it is for a client certificate that is not trusted, and without an API mapping.';
    return finding(check, 'critical', summary, {
      observed,
      expected,
      fix: `Look whether the issuer of ${plan.auth.certificate.subject} is in the truststore of the custom domain name, and until when the certificate is valid; then at the API mapping.`,
    });
  }
  return finding(
    check,
    'critical',
    'Everything under this name is forbidden, as it is without an API mapping.',
    { observed, expected },
  );
}
