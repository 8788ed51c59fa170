import { familyOf, isOfBackend, provesMapping, type Verdict, verdictOf } from './answers.ts';
import type { CheckName } from './checks.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { answerText, type GatewayEvidence, isLasting, NO_ANSWER } from './gateway-evidence.ts';
import { judgeAccess } from './judge-access.ts';
import { judgeAnswer } from './judge-answer.ts';
import { judgeAuth } from './judge-auth.ts';
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

/** Of what is not recognisably this API nothing is ok, unless it takes a POST as the shop does. */
function judgeApi({ seen, get, post }: GatewayEvidence): Finding {
  const check = 'gateway.api';
  if (!get || !seen.get) return finding(check, 'skipped', NO_ANSWER);
  if (seen.post && post !== undefined && !isAccepted(seen.post) && isStrange(post) && !isStrange(get)) {
    return finding(
      check,
      'critical',
      'A POST is answered by somebody else than the GET: a proxy or a portal.',
      { observed: describe(seen.post), expected: 'the headers of API Gateway' },
    );
  }
  const evidence = { observed: describe(seen.get), expected: 'the headers of API Gateway' };
  if (get === 'portal') {
    return finding(
      check,
      'critical',
      'A captive portal or a proxy answers in the place of the shop.',
      evidence,
    );
  }
  const family = familyOf(seen.get);
  if (family === 'rest')
    return finding(check, 'ok', 'A REST API of API Gateway answers.', { observed: evidence.observed });
  if (family === 'http')
    return finding(check, 'ok', 'An HTTP API of API Gateway answers.', { observed: evidence.observed });
  const status = isAccepted(seen.post) ? 'warning' : 'critical';
  return family === 'cloudfront'
    ? finding(check, status, 'CloudFront answers, and no API Gateway behind it shows itself.', evidence)
    : finding(check, status, 'Nothing shows that an API Gateway answers.', evidence);
}

const isStrange = (verdict: Verdict): boolean => verdict === 'portal' || verdict === 'foreign';

/** What a till takes for the shop's receipt, and nothing else. */
const isAccepted = (answer: HttpAnswer | null): boolean => answer?.status === 200 && answer.body === '"OK"';

function describe({ status, headers }: HttpAnswer): string {
  const shown = Object.entries(headers).filter(([name]) =>
    /^(x-amz|apigw|location|server|content-type)/.test(name),
  );
  return [String(status), ...shown.map(([name, value]) => `${name}: ${value}`)].join(', ');
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

function judgeBackend({ seen, get, post }: GatewayEvidence): Finding {
  const check = 'gateway.backend';
  const verdict = post ?? get;
  const answer = post ? seen.post : seen.get;
  const observed = answerText(answer);
  if (verdict === 'gateway-fault') {
    const summary =
      answer?.status === 504
        ? 'The backend takes longer than the gateway waits.'
        : 'The gateway gets no proper answer from its backend.';
    return finding(check, 'critical', summary, { observed, expected: 'an answer of the backend' });
  }
  if (post && answer && (post === 'backend' || post === 'validated') && refusesAnyBody(answer))
    return finding(
      check,
      'critical',
      `A POST is answered ${answer.status}, which no till takes for a receipt.`,
      { observed, expected: '200 "OK", or 400 to a body that is no sale' },
    );
  if (verdict === undefined || !isOfBackend(verdict))
    return finding(check, 'skipped', 'No request came as far as the backend.');
  if (post && (answer?.status === 401 || answer?.status === 403)) {
    return finding(check, 'warning', 'The backend refuses a POST that proves nothing of its sender.', {
      observed,
      expected: 'an answer to the body, such as 400',
      fix: 'Look whether the tills prove to the backend who they are; if so, leave this check out (--skip gateway.backend).',
    });
  }
  if (post && (answer?.status ?? 0) >= 500 && isLasting(seen.repeats, (status) => status >= 500)) {
    const summary = `The backend answers each of ${seen.repeats.length + 1} POSTs with a fault of its own: tills keep their sales.`;
    return finding(check, 'critical', summary, { observed, expected: 'a status below 500' });
  }
  return (answer?.status ?? 0) >= 500
    ? finding(check, 'warning', 'The backend answers with a fault of its own.', {
        observed,
        expected: 'a status below 500',
      })
    : finding(check, 'ok', 'The backend answers.', { observed });
}

/** What a receiver may say of the probe's body, and not of a sale, or of who sends it. */
const OF_THE_PROBE: ReadonlySet<number> = new Set([400, 401, 403, 422]);

const refusesAnyBody = (answer: HttpAnswer): boolean =>
  answer.status !== null && answer.status < 500 && !isAccepted(answer) && !OF_THE_PROBE.has(answer.status);
