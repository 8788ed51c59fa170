import { familyOf, isOfBackend, provesMapping, type Verdict, verdictOf } from './answers.ts';
import type { CheckName } from './checks.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { answerText, type GatewayEvidence, NO_ANSWER } from './gateway-evidence.ts';
import { judgeLatency, judgeOptions, judgeResource } from './judge-resource.ts';
import { isStageName } from './names.ts';
import type { GatewayObservation, HttpAnswer } from './observations.ts';
import { overAddresses } from './over-addresses.ts';
import type { Status } from './status.ts';

type Judge = (evidence: GatewayEvidence) => Finding;

const JUDGES = {
  'gateway.answer': judgeAnswer,
  'gateway.api': judgeApi,
  'gateway.mapping': judgeMapping,
  'gateway.access': judgeAccess,
  'gateway.resource': judgeResource,
  'gateway.backend': judgeBackend,
  'gateway.options': judgeOptions,
  'gateway.latency': judgeLatency,
} satisfies Partial<Record<CheckName, Judge>>;

/** All findings about what answers behind the certificate, over all addresses that were asked. */
export function judgeGateways(all: readonly GatewayObservation[], host: string, plan: Plan): Finding[] {
  const [first, ...others] = all.map((seen) => evidenceOf(seen, all, host, plan));
  if (!first) return [];
  return Object.values(JUDGES).map((judge) => {
    const at = (one: GatewayEvidence) => ({ address: one.seen.address, finding: judge(one) });
    return overAddresses([at(first), ...others.map(at)]);
  });
}

function evidenceOf(
  seen: GatewayObservation,
  all: readonly GatewayObservation[],
  host: string,
  plan: Plan,
): GatewayEvidence {
  const of = (answer: HttpAnswer | null) => provenBy(answer, host);
  const { get, elsewhere, options, post } = seen;
  const verdicts = { get: of(get), elsewhere: of(elsewhere), options: of(options), post: of(post) };
  return { seen, all, host, plan, ...verdicts };
}

/** Half an answer proves nothing, but for the page of a portal, which says what it is at its beginning. */
function provenBy(answer: HttpAnswer | null, host: string): Verdict | undefined {
  if (answer?.status == null) return;
  const verdict = verdictOf(answer, host);
  const isWhole = answer.outcome === 'answer' || answer.outcome === 'endless';
  return isWhole || verdict === 'portal' ? verdict : undefined;
}

const FAILURES: Record<Exclude<HttpAnswer['outcome'], 'answer'>, { status: Status; says: string }> = {
  timeout: { status: 'critical', says: 'No answer came in time.' },
  reset: { status: 'critical', says: 'The connection was ended without an answer.' },
  not_http: { status: 'critical', says: 'What came back is not HTTP.' },
  endless: { status: 'critical', says: 'The answer does not end.' },
  unfinished: { status: 'critical', says: 'An answer began and did not end.' },
  cut_off: { status: 'unknown', says: 'No answer came before the time was up.' },
  client_certificate_wanted: {
    status: 'critical',
    says: 'The gateway wants a client certificate (mutual TLS).',
  },
};

function judgeAnswer({ seen: { get }, get: verdict }: GatewayEvidence): Finding {
  const check = 'gateway.answer';
  if (get === null) return finding(check, 'critical', 'No connection could be had for the request.');
  const observed = answerText(get);
  // Behind an API Gateway every answer ends, at 10 MB; the page of a portal may be long, and says what it is.
  if (get.outcome === 'answer' || (verdict !== undefined && verdict !== 'foreign'))
    return finding(check, 'ok', `An HTTP answer came (${get.status}).`, { observed });
  const { status, says } = FAILURES[get.outcome];
  const fix =
    get.outcome === 'client_certificate_wanted'
      ? 'Give the tills the client certificate, or switch mutual TLS off in the custom domain name.'
      : undefined;
  return finding(check, status, says, { observed, expected: 'an HTTP answer', fix });
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

function judgeMapping({ seen, host, get, elsewhere, post }: GatewayEvidence): Finding {
  const check = 'gateway.mapping';
  if (!get) return finding(check, 'skipped', NO_ANSWER);
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
  return finding(
    check,
    'critical',
    'Everything under this name is forbidden, as it is without an API mapping.',
    { observed, expected },
  );
}

const REFUSALS: Partial<Record<Verdict, { status: Status; summary: string }>> = {
  denied: {
    status: 'critical',
    summary: 'A policy, an authorizer or a missing signature refuses the request.',
  },
  unauthorized: { status: 'critical', summary: 'An authorizer wants credentials.' },
  waf: { status: 'critical', summary: 'WAF or CloudFront refuses the request.' },
};

function judgeAccess(evidence: GatewayEvidence): Finding {
  const check = 'gateway.access';
  const { seen, get, elsewhere, post } = evidence;
  if (!get) return finding(check, 'skipped', NO_ANSWER);
  const deciding = post ?? get;
  const observed = answerText(post ? seen.post : seen.get);
  if (deciding === 'throttled') return throttled(evidence, observed);
  const refusal = REFUSALS[deciding];
  if (refusal) return finding(check, refusal.status, refusal.summary, { observed });
  if (deciding === 'forbidden') {
    const isHereOnly = [elsewhere, get].some((verdict) => verdict && provesMapping(verdict));
    return isHereOnly
      ? finding(
          check,
          'critical',
          'The API answers, but this request is forbidden: an API key is wanted, or WAF refuses.',
          { observed },
        )
      : finding(check, 'skipped', 'Everything is forbidden, whatever is asked: see gateway.mapping.', {
          observed,
        });
  }
  if (!provesMapping(deciding))
    return finding(check, 'skipped', 'The answer does not come from an API: see gateway.api.');
  return finding(check, 'ok', 'The gateway lets the request pass.', { observed });
}

/** A quota is used up until its period ends; a rate of nothing answers each request like this, at whatever address. */
function throttled({ seen, all }: GatewayEvidence, observed: string): Finding {
  const { get, post } = seen;
  const check = 'gateway.access';
  const answer = post ?? get;
  if (
    /^LimitExceeded/.test(answer?.headers['x-amzn-errortype'] ?? '') ||
    /Limit Exceeded/.test(answer?.body ?? '')
  )
    return finding(check, 'critical', 'The quota of the usage plan is used up: tills are held.', {
      observed,
      fix: 'Raise the quota of the usage plan, or wait for its next period.',
    });
  const repeats = all.flatMap((one) => one.repeats);
  const isEach = all.every((one) => (one.post ?? one.get)?.status === 429);
  return isEach && isLasting(repeats, (status) => status === 429)
    ? finding(check, 'critical', `The gateway throttles each of ${repeats.length + all.length} requests.`, {
        observed,
        fix: "Look at the throttling of the stage and of its method: a rate of 0 lets nothing pass; then at the account's limit.",
      })
    : finding(check, 'warning', 'The gateway throttles: too many requests at the moment.', { observed });
}

const isLasting = (repeats: readonly HttpAnswer[], isSame: (status: number) => boolean): boolean =>
  repeats.length > 0 && repeats.every(({ status }) => status !== null && isSame(status));

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
